// What the kernel says about processes: CPU time and memory of a process and all its descendants, read from /proc, and
// which program exists. Linux only; the proxy's own accounting is not asked, since it would measure itself.

import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { execa } from 'execa';

const ticksPerSecond = 100; // USER_HZ of /proc, the same on every architecture we run on (proc(5))

/** The proxy under test has a core for itself; upstream and load share the other. */
export const cores = { tested: 0, others: 1 } as const;

/** Microseconds of CPU so far, user and kernel, of the process, its descendants, and those of them that have ended. */
export function cpuUs(pid: number): number {
  const ticks = treeOf(pid).reduce((sum, one) => sum + ticksOf(one), 0);
  return (ticks / ticksPerSecond) * 1e6;
}

/** Fields 14 to 17 of /proc/PID/stat: utime, stime, cutime, cstime. The name before them may hold anything. */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

/** Resident bytes as `ps` shows them. */
export function residentBytes(pid: number): number {
  return treeOf(pid).reduce((sum, one) => {
    const status = readFileSync(`/proc/${one}/status`, 'utf8');
    return sum + 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  }, 0);
}

/** The process and its descendants. */
export function treeOf(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(treeOf)];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
}

export async function describeMachine(): Promise<Machine> {
  const { stdout: kernel } = await execa('uname', ['-sr']);
  return { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, kernel };
}

/** What a program says about its version, on whichever stream; `undefined` if there is no such program. */
export async function versionOf(program: string, argument: string): Promise<string | undefined> {
  const { all, exitCode } = await execa(program, [argument], { all: true, reject: false });
  const [version] = /\d+\.\d+[.\d]*/.exec(all ?? '') ?? [];
  return exitCode === undefined ? undefined : version;
}
