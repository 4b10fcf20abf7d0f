// The runtime folder: private to this user, held by one stack at a time. The lock names its holder by process identity,
// so a folder left by a stack that was killed (or by another boot, or with a pid that means another process now) is
// taken over, and one that is in use is never. The processes of a stack are listed beside the lock, likewise by identity:
// who takes a folder over is told of those that still serve, and ends them when others have taken their place. It refuses a folder that another user could write to.

import { chmod, chown, link, lstat, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { parseJson } from '#config/parse-json';
import type { Complaint } from './complain.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface RuntimeFolder {
  readonly path: string;
  readonly tookOver: boolean; // it was left by a stack that is gone
  /** Processes of the stack that was here, which still serve. */
  readonly orphans: readonly Orphan[];
  /** Members of the group may pass through it, to the control socket. */
  openTo(groupId: number | undefined): Promise<void>;
  /** Notes which processes a stack that takes this folder over finds. */
  note(processes: readonly Noted[]): Promise<void>;
  release(): Promise<void>;
}

export interface Noted {
  readonly pid: number;
  readonly kind: 'worker' | 'agent' | 'stranger'; // a stranger knows nothing of us, and would not notice that we are gone
}

export interface Orphan extends ProcessIdentity {
  readonly kind: Noted['kind'];
}

export type Held =
  | { readonly ok: true; readonly folder: RuntimeFolder }
  | { readonly ok: false; readonly complaint: Complaint };

/** The folder that is used when none is configured: that of the service, of the session, of this user. */
export function defaultRuntimeDir(env: Environment): string {
  const { RUNTIME_DIRECTORY = '', XDG_RUNTIME_DIR = '' } = env;
  const [ofService = ''] = RUNTIME_DIRECTORY.split(':'); // systemd.exec(5): `RuntimeDirectory=` of the unit
  if (isAbsolute(ofService)) return ofService;
  if (XDG_RUNTIME_DIR !== '') return join(XDG_RUNTIME_DIR, 'sentinel-stack');
  return join(tmpdir(), `sentinel-stack-${process.getuid?.() ?? 'user'}`);
}

/** With `goes` the folder goes with the stack: nobody named it, so nobody expects to find anything in it afterwards. */
export async function holdRuntimeFolder(path: string, goes = false): Promise<Held> {
  const unusable = await prepareFolder(path);
  if (unusable !== undefined) return { ok: false, complaint: unusable };
  const lockFile = join(path, 'lock');
  let left: readonly Orphan[] | undefined;
  for (let waitedMs = 0; waitedMs <= rivalsMs; waitedMs += pollMs) {
    if (await writeLock(lockFile)) return { ok: true, folder: openFolder(path, lockFile, left, goes) };
    const lock = await lookAt(lockFile);
    if (lock.is === 'held') return { ok: false, complaint: inUse(path, lock.holder) };
    left = (await clearStale(path, lockFile)) ?? left;
    if (left === undefined) await setTimeout(pollMs);
  }
  return { ok: false, complaint: inUse(path, undefined) };
}

const rivalsMs = 4000; // while another stack takes the folder over
const pollMs = 50;

const processesName = 'processes';

function openFolder(path: string, lockFile: string, left: readonly Orphan[] | undefined, goes: boolean): RuntimeFolder {
  const file = join(path, processesName);
  let noted: Promise<void> = Promise.resolve();
  return {
    path,
    tookOver: left !== undefined,
    orphans: left ?? [],
    openTo: async (groupId) => {
      if (groupId === undefined) return;
      await chown(path, -1, groupId);
      await chmod(path, ((await lstat(path)).mode & 0o777) | 0o010);
    },
    note: (processes) => {
      noted = noted.then(() => writeProcesses(file, [...processes], left ?? []));
      return noted;
    },
    release: async () => {
      await noted;
      await rm(file, { force: true });
      if (goes) await removeAllBut(path, lockFile);
      await rm(lockFile, { force: true });
      if (goes) await rmdir(path).catch(() => undefined); // another stack may be there already
    },
  };
}

/** While the lock is ours. */
async function removeAllBut(path: string, lockFile: string): Promise<void> {
  for (const name of await readdir(path)) {
    const one = join(path, name);
    if (one !== lockFile) await rm(one, { recursive: true, force: true });
  }
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
const processesSchema = z.array(identitySchema.extend({ kind: z.enum(['worker', 'agent', 'stranger']) }));

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

/**
 * Removes a lock whose holder is gone. Only the holder of a second lock may, so the
 * lock that is removed is the stale one and never one that a faster stack has written since. Then it returns
 * what the old stack left serving.
 */
async function clearStale(path: string, lockFile: string): Promise<readonly Orphan[] | undefined> {
  const guard = `${lockFile}.takeover`;
  if (!(await writeLock(guard))) {
    if ((await lookAt(guard)).is === 'stale') await rm(guard, { force: true }); // its holder died in the middle
    return undefined;
  }
  try {
    if ((await lookAt(lockFile)).is !== 'stale') return undefined;
    const orphans = await findOrphans(path);
    await rm(lockFile, { force: true });
    return orphans;
  } finally {
    await rm(guard, { force: true });
  }
}

/** Who has a folder, for those who only look. */
export async function lookAtFolder(path: string): Promise<{
  readonly lock: Lock['is'];
  readonly holder: number | undefined;
  readonly orphans: readonly Orphan[];
}> {
  const lock = await lookAt(join(path, 'lock'));
  if (lock.is === 'held') return { lock: lock.is, holder: lock.holder.pid, orphans: [] };
  return { lock: lock.is, holder: undefined, orphans: lock.is === 'stale' ? await findOrphans(path) : [] };
}

function inUse(path: string, holder: ProcessIdentity | undefined): Complaint {
  const who = holder === undefined ? 'another stack' : `another stack (pid ${holder.pid})`;
  return {
    code: 'stack-already-running',
    what: `the runtime folder ${path} is in use by ${who}`,
    hint: `\`sentinel-stack status\` shows it, \`sentinel-stack down\` stops it; or give this one a folder of its own with \`system { ${key} "/path" }\``,
  };
}

/** Replaced in one step: a reader finds the old list or the new one. Orphans stay in it while they live. */
async function writeProcesses(file: string, processes: readonly Noted[], orphans: readonly Orphan[]): Promise<void> {
  const own = await Promise.all(
    processes.map(async ({ pid, kind }) => {
      const identity = await identify(pid);
      return identity === undefined ? [] : [{ ...identity, kind }];
    }),
  );
  const partial = `${file}.new`;
  try {
    await writeFile(partial, JSON.stringify([...own.flat(), ...(await alive(orphans))]), { mode: 0o600 });
    await rename(partial, file);
  } catch {
    // A full disk must not stop a stack; without the list, a takeover finds less to end.
  }
}

/** What the old stack started and left. */
async function findOrphans(path: string): Promise<readonly Orphan[]> {
  const text = await readFile(join(path, processesName), 'utf8').catch(() => '');
  return alive(processesSchema.safeParse(parseJson(text)).data ?? []);
}

async function alive<T extends ProcessIdentity>(identities: readonly T[]): Promise<T[]> {
  const found = await Promise.all(identities.map(async (one) => ((await isAlive(one)) ? [one] : [])));
  return found.flat();
}
