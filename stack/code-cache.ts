// Where code lies that has been read once: types taken out, compiled. Node keeps it, checks it by a sum and against the
// source, and reads the source again where anything is wrong. The shaping decision: agents that are confined may read it
// and not write it, since what one could write there would be code for others; so it is filled for them by a process
// that reads their code, is told nothing and serves nobody, behind the start that found it lacking.

import { createHash } from 'node:crypto';
import { readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { getCompileCacheDir } from 'node:module';
import { setPriority } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { supervisorLimits } from '#config/limits';
import { programFile } from '#config/program-file';
import type { Config } from '#config/schema';
import { agentNodeFlags, noDebugger } from '#config/worker-program';
import type { Accounts } from './accounts.ts';

/** Ours, which own-cache.mjs asked for; Node keeps what one version of it made in a folder of its own. */
export function codeCacheFolder(): string | undefined {
  const ofVersion = getCompileCacheDir();
  return ofVersion === undefined ? undefined : dirname(ofVersion);
}

export interface Reading {
  readonly root: string; // where agents/ and config/ lie
  readonly node: string;
  readonly agents: readonly string[]; // programs, by name
  readonly signal: AbortSignal;
}

/** The programs that cannot fill it themselves. Who runs as another user cannot reach it. */
export function readersOf({ agents }: Config, accounts: Accounts): string[] {
  const readers = agents.filter(({ name, confined }) => confined && !accounts.agents.has(name));
  return [...new Set(readers.flatMap(({ use }) => (use === undefined ? [] : [use])))];
}

/** One after the other, behind everything else that this machine does; what goes wrong costs the next start its time. */
export async function fillCodeCache({ root, node, agents, signal }: Reading): Promise<void> {
  const ofVersion = getCompileCacheDir();
  if (ofVersion === undefined) return;
  for (const agent of agents) {
    const mark = `${ofVersion}.${agent}.${nameOf(root)}.read`; // a version that was not here yet has no folder
    if (signal.aborted || (await isNewest(mark, root))) continue;
    const began = new Date();
    const reading = execa(node, [noDebugger, ...agentNodeFlags, programFile(root, 'agents', agent), '--read-code'], {
      env: { NODE_COMPILE_CACHE: dirname(ofVersion), NODE_NO_WARNINGS: '1' },
      extendEnv: false,
      stdio: 'ignore',
      reject: false,
      timeout: supervisorLimits.readCodeMs,
      cancelSignal: signal,
    });
    if (reading.pid !== undefined) behindOthers(reading.pid);
    if ((await reading).exitCode !== 0) continue;
    await writeFile(mark, '')
      .then(() => utimes(mark, began, began))
      .catch(() => undefined);
  }
}

/** The same user may run several copies of us, which share the folder and not their code. */
const nameOf = (root: string): string => createHash('sha256').update(root).digest('hex').slice(0, 16);

function behindOthers(pid: number): void {
  try {
    setPriority(pid, 19);
  } catch {
    // it has ended already
  }
}

/** No file of our code was written, moved or copied here since. */
async function isNewest(mark: string, root: string): Promise<boolean> {
  const made = await stat(mark).catch(() => undefined);
  if (made === undefined) return false;
  const files = await Promise.all(['agents', 'config'].map((name) => filesIn(join(root, name))));
  const times = [...files.flat(), join(root, 'package.json')].map(async (file) => {
    return (await stat(file).catch(() => undefined))?.ctimeMs ?? 0;
  });
  return Math.max(...(await Promise.all(times))) <= made.mtimeMs;
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.filter((name) => /\.[jt]s$/.test(basename(name))).map((name) => join(folder, name));
}
