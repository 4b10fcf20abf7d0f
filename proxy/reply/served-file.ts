// What is said about a file that is served: its validators and the lines of its head, made once per opening. The entity
// tag is strong and made of size and modification time (to the microsecond), not of the inode: so servers whose files were
// copied with their times agree, and a restored file is what it was. A file written twice within the system's clock tick
// with the same size could keep its tag; such a file is caught while it is being sent (static-send.ts).

import type { RouteConfig } from '#config/schema';
import type { Encoding } from './accept-encoding.ts';
import type { Validators } from './conditions.ts';
import { contentTypeOf } from './content-types.ts';
import type { OpenFile } from './static-root.ts';

export type StaticConfig = NonNullable<RouteConfig['staticFiles']>;
export type Line = readonly [name: string, value: string];

export interface ServedFile extends Validators {
  readonly size: number;
  readonly stamp: string;
  readonly lines: readonly Line[];
  readonly text: string; // the same, as written
  readonly unchangedLines: readonly Line[]; // of a 304
  /** All of it, of a small file. */
  readonly body: Buffer | undefined;
  /** Of a large one. */
  readonly open: OpenFile | undefined;
}

export function describeFile(
  name: string,
  { open, body, encoding }: { open: OpenFile; body: Buffer | undefined; encoding: Encoding | undefined },
  config: StaticConfig,
): ServedFile {
  const { size, modifiedMs, stamp } = open;
  const seconds = Math.floor(modifiedMs / 1000);
  const etag = `"${Math.floor(1000 * modifiedMs).toString(36)}-${size.toString(36)}"`;
  const unchangedLines: Line[] = [
    ['ETag', etag],
    ['Last-Modified', new Date(1000 * seconds).toUTCString()],
    ...(config.cacheControl === undefined ? [] : [['Cache-Control', config.cacheControl] as const]),
    ...(config.precompressed ? [['Vary', 'Accept-Encoding'] as const] : []),
  ];
  const lines: Line[] = [
    ['Content-Type', contentTypeOf(name).type],
    ...(encoding === undefined ? [] : [['Content-Encoding', encoding.name] as const]),
    ...unchangedLines,
    ['Accept-Ranges', 'bytes'],
    ['X-Content-Type-Options', 'nosniff'],
  ];
  const text = lines.map(([key, value]) => `${key}: ${value}\r\n`).join('');
  return {
    etag,
    modifiedMs: 1000 * seconds,
    size,
    stamp,
    lines,
    text,
    unchangedLines,
    body,
    open: body === undefined ? open : undefined,
  };
}
