// `sentinel-stack fmt`: lays files out anew without changing what they mean. A file is replaced whole or not at all.

import { randomUUID } from 'node:crypto';
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Problem, problem } from '#config/errors';
import { type Formatted, format } from '#config/format';
import { loadConfig } from '#config/load';
import { formatProblems, plural } from '#config/report';
import { makeSource } from '#config/source';
import { type Context, defineCommand, exitCodes } from '../command.ts';
import { complain } from '../complain.ts';
import { paintFor } from '../loading.ts';

export const fmt = defineCommand({
  details: 'Keeps every comment. Without files: sentinel.kdl in this folder and all that it includes.',
  options: {
    check: {
      kind: 'flag',
      summary: 'Change nothing; name the files that would change, and exit with 1 if there are any',
    },
  },
  positionals: { files: { summary: 'Files to lay out', many: true } },
  examples: [
    { line: 'sentinel-stack fmt', does: 'sentinel.kdl and what it includes' },
    { line: 'sentinel-stack fmt --check conf.d/*.kdl', does: 'for a pipeline: exit 1 if a file is not laid out' },
  ],
  async run(context, { files, check }) {
    const wanted = files.length > 0 ? files : includedFiles(context);
    const results = [];
    for (const file of wanted) results.push({ file, outcome: await formatFile(context, file, check) });
    report(context, results, check);
    const failed = results.some(({ outcome }) => outcome === 'refused' || (check && outcome === 'changed'));
    return failed ? exitCodes.refused : exitCodes.done;
  },
});

type Outcome = 'changed' | 'unchanged' | 'refused';

/** The file in this folder and those that it includes; its problems are `check`'s business. */
function includedFiles({ env, cwd }: Context): string[] {
  const { sources } = loadConfig('sentinel.kdl', { environment: env, cwd });
  return sources.length === 0 ? ['sentinel.kdl'] : sources.map(({ file }) => file);
}

async function formatFile(context: Context, file: string, check: boolean): Promise<Outcome> {
  const path = resolve(context.cwd, file);
  const text = await read(context, file, path);
  if (text === undefined) return 'refused';
  const formatted = formatText(file, text);
  if (!formatted.ok) {
    sayProblems(context, formatted.problems);
    return 'refused';
  }
  if (formatted.text === text) return 'unchanged';
  if (!check) await replace(path, formatted.text);
  return 'changed';
}

function formatText(file: string, text: string): Formatted {
  return format(makeSource(file, text));
}

async function read(context: Context, file: string, path: string): Promise<string | undefined> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(await readFile(path));
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
async function replace(path: string, text: string): Promise<void> {
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

function sayProblems(context: Context, problems: readonly Problem[]): void {
  if (context.json)
    return complain(context, { code: problems[0]?.code ?? 'config-syntax', what: problems[0]?.what ?? '' });
  context.stderr.write(formatProblems(problems, paintFor(context.stderr)));
}

function report(
  { stdout, json }: Context,
  results: ReadonlyArray<{ file: string; outcome: Outcome }>,
  check: boolean,
): void {
  if (json) return stdout.write(`${JSON.stringify({ files: results }, undefined, 2)}\n`);
  const changed = results.filter(({ outcome }) => outcome === 'changed');
  for (const { file } of changed) stdout.write(`${check ? 'would change' : 'laid out'}  ${file}\n`);
  const unchanged = results.filter(({ outcome }) => outcome === 'unchanged').length;
  if (changed.length === 0 && unchanged > 0) stdout.write(`${plural(unchanged, 'file')}, nothing to change\n`);
}
