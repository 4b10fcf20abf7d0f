// What a process uses, as the kernel counts it: memory and processor time, read from /proc (proc(5)). Where there is no
// /proc nothing is guessed.

import { readFile } from 'node:fs/promises';

export interface Usage {
  readonly memoryBytes: number; // resident
  readonly cpuSeconds: number; // used so far, in the program and in the kernel for it
}

const ticksPerSecond = 100; // USER_HZ: 100 on every Linux that Node runs on
const pageBytes = 4096; // on x64 and arm64 as distributed

export async function usageOf(pid: number): Promise<Usage | undefined> {
  const stat = await statOf(pid);
  return stat === undefined ? undefined : readUsage(stat);
}

/** Somebody stopped it with a signal, and it does nothing. One that a debugger holds is somebody's business. */
export async function isStopped(pid: number): Promise<boolean> {
  const stat = await statOf(pid);
  return stat !== undefined && fieldsOf(stat)[0] === 'T';
}

async function statOf(pid: number): Promise<string | undefined> {
  return readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
}

export function readUsage(stat: string): Usage | undefined {
  const fields = fieldsOf(stat);
  const at = (number: number) => Number(fields[number - 3]);
  const [user, kernel, pages] = [at(14), at(15), at(24)];
  if (![user, kernel, pages].every(Number.isFinite)) return undefined;
  return { memoryBytes: pages * pageBytes, cpuSeconds: (user + kernel) / ticksPerSecond };
}

/** From field 3 on: the name, field 2, stands in parentheses and may itself hold spaces and parentheses. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
