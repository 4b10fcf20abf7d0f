// The ladder down: ask, SIGTERM, SIGKILL; a deadline per rung. Signals go to the whole process group, since every child
// leads its own; what left the group (a daemon of an agent) is found by tree-kill while its parent still lives.
// It refuses to decide when to stop, and what a death means.

import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import treeKill from 'tree-kill';
import { supervisorLimits } from '#config/limits';

export interface Stoppable {
  readonly pid: number;
  readonly ended: Promise<void>;
  readonly hasEnded: () => boolean;
  /** Asks over the channel; `undefined` for a program that does not know the question. */
  readonly drain: (() => void) | undefined;
  /** Called before it is killed. */
  readonly onKill: () => void;
}

/** Resolves when the process has ended. `hurry` skips what is left of the waiting. */
export async function stopProcess(target: Stoppable, drainMs: number, hurry: AbortSignal): Promise<void> {
  if (target.drain !== undefined) {
    target.drain();
    if (await endsWithin(target, drainMs, hurry)) return;
  }
  await signalTree(target, 'SIGTERM');
  if (await endsWithin(target, supervisorLimits.afterTermMs, hurry)) return;
  target.onKill();
  await signalTree(target, 'SIGKILL');
  await target.ended;
}

async function endsWithin(target: Stoppable, ms: number, hurry: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (hurry.aborted) resolve();
  const timer = setTimeout(resolve, ms);
  const skip = () => resolve();
  hurry.addEventListener('abort', skip);
  await Promise.race([target.ended, promise]);
  clearTimeout(timer);
  hurry.removeEventListener('abort', skip);
  return target.hasEnded();
}

async function signalTree({ pid, hasEnded }: Stoppable, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const findsTree = await hasProgram('ps');
  if (hasEnded()) return; // its number may be another's already
  if (findsTree) await new Promise<void>((resolve) => treeKill(pid, signal, () => resolve()));
  signalGroup(pid, signal);
}

/** The leader and all that stayed in its group; no matter if nobody did. */
export function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the group is empty
  }
}

/** tree-kill asks `ps`, and where there is none it throws where nobody can catch. */
async function hasProgram(name: string): Promise<boolean> {
  const { PATH = '' } = process.env;
  const found = PATH.split(delimiter).map((folder) => access(join(folder, name)));
  return (await Promise.allSettled(found)).some(({ status }) => status === 'fulfilled');
}
