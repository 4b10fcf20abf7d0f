// The stack as a process of the runner: started from a folder of its own, ready when it says so, stopped and cleared away
// at the end of the scope. It is met as an operator meets it, over its command line and its lines; nothing of it is
// imported. A stack that does not come up is told with its own last words.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { crsLimits } from '#config/limits-crs';
import { Stop } from '../stop.ts';
import { type StackFolder, type StackSetting, stackFolder } from './configuration.ts';

const launcher = join(import.meta.dirname, '..', '..', 'sentinel-stack');

export interface RunningStack extends AsyncDisposable {
  readonly port: number; // on 127.0.0.1
  readonly folder: StackFolder;
  /** What it said last, for the report of trouble. */
  lastWords(): string;
  readonly hasEnded: () => boolean;
}

export async function startStack(setting: Omit<StackSetting, 'folder'>, workers: number): Promise<RunningStack> {
  const path = await mkdtemp(join(tmpdir(), 'sentinel-crs-'));
  const folder = stackFolder({ ...setting, folder: path });
  await mkdir(join(path, 'run'), { mode: 0o700 });
  for (const [file, text] of folder.files) await writeFile(file, text);
  const words = ['up', '-c', folder.configuration, '--log-format', 'json', '--workers', String(workers)];
  const child = execa(launcher, words, {
    cwd: dirname(folder.configuration),
    stdin: 'ignore',
    reject: false,
    buffer: false,
    all: true,
    forceKillAfterDelay: crsLimits.stackStopMs,
    env: { XDG_RUNTIME_DIR: join(path, 'run') },
  });
  let hasEnded = false;
  const ended = child.then(() => {
    hasEnded = true;
  });
  const output: string[] = [];
  const ready = Promise.withResolvers<number | undefined>();
  void ended.then(() => ready.resolve(undefined));
  createInterface({ input: child.all }).on('line', (line) => {
    output.push(line);
    if (output.length > crsLimits.stackOutputLinesKept) output.shift();
    const port = portOf(line);
    if (port !== undefined) ready.resolve(port);
  });
  const dispose = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(path, { recursive: true, force: true });
  };
  const deadline = setTimeout(() => ready.resolve(undefined), crsLimits.stackStartMs);
  const port = await ready.promise;
  clearTimeout(deadline);
  if (port === undefined) {
    await dispose();
    throw new Stop(3, `the stack did not start:\n${wordsOf(output)}`);
  }
  return {
    port,
    folder,
    lastWords: () => wordsOf(output),
    hasEnded: () => hasEnded,
    [Symbol.asyncDispose]: dispose,
  };
}

/** From the line that says that all is up. */
export function portOf(line: string): number | undefined {
  if (!line.includes('"stack-ready"')) return undefined;
  const [, port] = /"lab":\["127\.0\.0\.1:(\d+)"\]/.exec(line) ?? [];
  return port === undefined ? undefined : Number(port);
}

/** What it wrote for people, if anything; else its last lines. */
export function wordsOf(output: readonly string[]): string {
  const sentences = output.filter((line) => !line.startsWith('{'));
  return (sentences.length > 0 ? sentences : output.slice(-lastLines)).map((line) => line.slice(0, 2000)).join('\n');
}

const lastLines = 20;
