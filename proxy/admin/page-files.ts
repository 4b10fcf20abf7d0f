// The page of the admin side: a document, a style, two scripts and an icon, read once from page/ beside this file and given
// out as they are. The shaping decision: nothing is inline and nothing comes from elsewhere, so the browser can be told to
// run and load only what is served here; nothing is built, what is edited is what runs.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

const files: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['page.html', 'text/html; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/page.mjs': ['page.mjs', 'text/javascript; charset=utf-8'],
  '/page-figures.mjs': ['page-figures.mjs', 'text/javascript; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
};

/** By the path that they are asked for by. */
export async function readPage(
  folder = join(import.meta.dirname, '..', 'page'),
): Promise<ReadonlyMap<string, PageFile>> {
  const read = Object.entries(files).map(async ([path, [file, type]]) => {
    return [path, { type, body: await readFile(join(folder, file)) }] as const;
  });
  return new Map(await Promise.all(read));
}

/** For the document; scripts have no way to make markup from text. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');
