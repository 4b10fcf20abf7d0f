// Which process a number means. A process id is reused, so an identity is the id, the time it started and the boot it
// started in: what a lock was written by, what a socket belongs to. Linux's /proc tells; where it does not, nothing is
// guessed and the answer is `undefined`.

import { readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: string; // since boot, field 22 of /proc/PID/stat (proc(5))
  readonly boot: string;
}

export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const [stat, boot] = await Promise.all([readText(`/proc/${pid}/stat`), readText('/proc/sys/kernel/random/boot_id')]);
  if (stat === undefined || boot === undefined) return undefined;
  // The name, field 2, stands in parentheses and may itself hold spaces and parentheses; after it comes field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', startTicks = ''] = [fields[0], fields[22 - 3]];
  return state === 'Z' ? undefined : { pid, startTicks, boot: boot.trim() }; // a zombie runs no more
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now !== undefined && now.startTicks === identity.startTicks && now.boot === identity.boot;
}

/** `nginx`; for a program run by Node its own name. */
export async function programName(pid: number): Promise<string | undefined> {
  const name = (await readText(`/proc/${pid}/comm`))?.trim();
  // Node names its main thread, and the kernel takes that for the process's name.
  if (name !== undefined && !name.includes('MainThread')) return name;
  const program = await readlink(`/proc/${pid}/exe`).catch(() => undefined);
  return program === undefined ? name : basename(program);
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
