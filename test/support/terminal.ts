// The command line in-process: what a person types, and what comes out, without a terminal or a child process.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommandLine } from '../../stack/command-line.ts';
import { commandTable } from '../../stack/command-table.ts';
import { recorder } from '../stack/recorder.ts';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly color?: boolean;
}

export async function type(
  line: string | readonly string[],
  { cwd = tmpdir(), env = {}, color = false }: Surroundings = {},
): Promise<Said> {
  const [stdout, stderr] = [recorder(color), recorder(color)];
  const words = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
  const world = { stdout, stderr, env, cwd, onSignal: () => () => undefined };
  const code = await runCommandLine(words, world, commandTable);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** A folder with these files (`rules/a.conf`), gone at the end of the scope. */
export async function folderWith(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sentinel-test-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
