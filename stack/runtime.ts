// The runtime folder: private to this user, held by one stack at a time. The lock names its holder by process identity,
// so a folder left by a stack that was killed (or by another boot, or with a pid that means another process now) is
// taken over, and one that is in use is never. Taking over ends what the old stack left running: programs that are not
// ours are listed beside the lock. It refuses a folder that another user could write to.

import { link, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { Complaint } from './complain.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { signalGroup } from './stop.ts';

export interface RuntimeFolder {
  readonly path: string;
  readonly tookOver: boolean; // it was left by a stack that is gone
  /** Notes which processes a stack that takes this folder over has to end. */
  noteStrangers(pids: readonly number[]): Promise<void>;
  release(): Promise<void>;
}

export type Held =
  | { readonly ok: true; readonly folder: RuntimeFolder }
  | { readonly ok: false; readonly complaint: Complaint };

/** The folder that is used when none is configured. */
export function defaultRuntimeDir(env: Readonly<Record<string, string | undefined>>): string {
  const { XDG_RUNTIME_DIR = '' } = env;
  if (XDG_RUNTIME_DIR !== '') return join(XDG_RUNTIME_DIR, 'sentinel-stack');
  return join(tmpdir(), `sentinel-stack-${process.getuid?.() ?? 'user'}`);
}

export async function holdRuntimeFolder(path: string): Promise<Held> {
  const unusable = await prepareFolder(path);
  if (unusable !== undefined) return { ok: false, complaint: unusable };
  const lockFile = join(path, 'lock');
  let tookOver = false;
  for (let waitedMs = 0; waitedMs <= rivalsMs; waitedMs += pollMs) {
    if (await writeLock(lockFile)) return { ok: true, folder: openFolder(path, lockFile, tookOver) };
    const lock = await lookAt(lockFile);
    if (lock.is === 'held') return { ok: false, complaint: inUse(path, lock.holder) };
    tookOver = await clearStale(path, lockFile);
    if (!tookOver) await setTimeout(pollMs);
  }
  return { ok: false, complaint: inUse(path, undefined) };
}

const leftoverMs = 2000; // what a stranger gets to stop after SIGTERM
const rivalsMs = 2 * leftoverMs; // while another stack takes the folder over, and ends what was left
const pollMs = 50;

const strangersName = 'strangers';

function openFolder(path: string, lockFile: string, tookOver: boolean): RuntimeFolder {
  const strangersFile = join(path, strangersName);
  let noted: Promise<void> = Promise.resolve();
  return {
    path,
    tookOver,
    noteStrangers: (pids) => {
      noted = noted.then(() => writeStrangers(strangersFile, pids));
      return noted;
    },
    release: async () => {
      await noted;
      await rm(strangersFile, { force: true });
      await rm(lockFile, { force: true });
    },
  };
}

async function prepareFolder(path: string): Promise<Complaint | undefined> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const status = await lstat(path);
    const isOurs = status.uid === process.getuid?.() && (status.mode & 0o022) === 0;
    if (status.isDirectory() && isOurs) return undefined;
    const what = `the runtime folder ${path} is not safe: another user owns it or can write to it`;
    return {
      code: 'runtime-dir-unsafe',
      what,
      hint: `remove it, \`chmod 700\` it, or choose another with \`system { ${key} "/path" }\``,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const hint = `choose a folder that this user can write to with \`system { ${key} "/path" }\``;
    return { code: 'runtime-dir-unusable', what: `cannot use the runtime folder ${path}: ${why}`, hint };
  }
}

const key = 'runtime-dir';

const identitySchema = z.object({ pid: z.number().int().positive(), startTicks: z.string(), boot: z.string() });

/** False if somebody else's lock is there. A link either appears whole or not at all. */
async function writeLock(lockFile: string): Promise<boolean> {
  const own = `${lockFile}.${process.pid}`;
  const identity = await identify(process.pid);
  await writeFile(own, JSON.stringify(identity ?? { pid: process.pid, startTicks: '', boot: '' }), { mode: 0o600 });
  const linked = await link(own, lockFile).then(
    () => true,
    () => false,
  );
  await rm(own, { force: true });
  return linked;
}

type Lock = { readonly is: 'absent' | 'stale' } | { readonly is: 'held'; readonly holder: ProcessIdentity };

async function lookAt(lockFile: string): Promise<Lock> {
  const text = await readFile(lockFile, 'utf8').catch(() => undefined);
  if (text === undefined) return { is: 'absent' };
  const holder = identitySchema.safeParse(parseJson(text)).data;
  return holder !== undefined && (await isAlive(holder)) ? { is: 'held', holder } : { is: 'stale' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not ours, or torn by a full disk: nobody holds it
  }
}

/**
 * Removes a lock whose holder is gone, and what that holder left running. Only the holder of a second lock may, so the
 * lock that is removed is the stale one and never one that a faster stack has written since. True if it was removed.
 */
async function clearStale(path: string, lockFile: string): Promise<boolean> {
  const guard = `${lockFile}.takeover`;
  if (!(await writeLock(guard))) {
    if ((await lookAt(guard)).is === 'stale') await rm(guard, { force: true }); // its holder died in the middle
    return false;
  }
  try {
    if ((await lookAt(lockFile)).is !== 'stale') return false;
    await endLeftovers(path);
    await rm(lockFile, { force: true });
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

function inUse(path: string, holder: ProcessIdentity | undefined): Complaint {
  const who = holder === undefined ? 'another stack' : `another stack (pid ${holder.pid})`;
  return {
    code: 'stack-already-running',
    what: `the runtime folder ${path} is in use by ${who}`,
    hint: `stop that stack with Ctrl-C or \`kill ${holder?.pid ?? 'PID'}\`, or give this one a folder of its own with \`system { ${key} "/path" }\``,
  };
}

/** Replaced in one step: a reader finds the old list or the new one. */
async function writeStrangers(file: string, pids: readonly number[]): Promise<void> {
  const identities = (await Promise.all(pids.map(identify))).filter((identity) => identity !== undefined);
  const partial = `${file}.new`;
  try {
    await writeFile(partial, JSON.stringify(identities), { mode: 0o600 });
    await rename(partial, file);
  } catch {
    // A full disk must not stop a stack; without the list, a takeover finds less to end.
  }
}

/** What the old stack started and left: our own programs end by themselves when their channel closes, these may not. */
async function endLeftovers(path: string): Promise<void> {
  const text = await readFile(join(path, strangersName), 'utf8').catch(() => '');
  const left = z.array(identitySchema).safeParse(parseJson(text)).data ?? [];
  await Promise.all(left.map(endLeftover));
}

async function endLeftover(identity: ProcessIdentity): Promise<void> {
  if (!(await isAlive(identity))) return;
  signalGroup(identity.pid, 'SIGTERM');
  for (let waited = 0; waited < leftoverMs; waited += pollMs) {
    await setTimeout(pollMs);
    if (!(await isAlive(identity))) return;
  }
  signalGroup(identity.pid, 'SIGKILL');
}
