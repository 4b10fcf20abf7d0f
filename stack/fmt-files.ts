// Files of configuration as `fmt` reads and writes them: read as text or refused in words, and replaced whole or not at
// all. It refuses to know what is done to them.

import { randomUUID } from 'node:crypto';
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Problem, problem } from '#config/errors';
import { formatProblems, plural } from '#config/report';
import { makeSource, type Source } from '#config/source';
import type { Context } from './command.ts';
import { complain } from './complain.ts';
import { paintFor } from './loading.ts';

export type Outcome = 'changed' | 'unchanged' | 'refused';

export interface Result {
  readonly file: string;
  readonly outcome: Outcome;
}

/** `undefined`: it cannot be read, which has been said. */
export async function readSource(context: Context, file: string): Promise<Source | undefined> {
  const path = resolve(context.cwd, file);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(await readFile(path));
    return makeSource(file, text, path);
  } catch (error) {
    const notText = error instanceof TypeError;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const what = notText ? `${file} is not UTF-8 text` : `cannot read ${file}${code === '' ? '' : ` (${code})`}`;
    sayProblems(context, [
      problem(notText ? 'config-not-text' : code === 'ENOENT' ? 'config-not-found' : 'config-unreadable', what),
    ]);
    return undefined;
  }
}

/** Written beside and renamed: a crash or a full disk leaves the old file. Links are followed, rights kept. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const real = await realpath(path);
  const { mode } = await stat(real);
  const beside = `${real}.${randomUUID()}.tmp`;
  try {
    await writeFile(beside, text, { mode, flag: 'wx' });
    await rename(beside, real);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

export function sayProblems(context: Context, problems: readonly Problem[]): void {
  if (context.json)
    return complain(context, { code: problems[0]?.code ?? 'config-syntax', what: problems[0]?.what ?? '' });
  context.stderr.write(formatProblems(problems, paintFor(context.stderr)));
}

/** `done`: what has been done to those that changed. */
export function sayResults({ stdout, json }: Context, results: readonly Result[], done: string): void {
  if (json) return stdout.write(`${JSON.stringify({ files: results }, undefined, 2)}\n`);
  const changed = results.filter(({ outcome }) => outcome === 'changed');
  for (const { file } of changed) stdout.write(`${done}  ${file}\n`);
  const unchanged = results.filter(({ outcome }) => outcome === 'unchanged').length;
  if (changed.length === 0 && unchanged > 0) stdout.write(`${plural(unchanged, 'file')}, nothing to change\n`);
}
