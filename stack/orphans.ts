// What is left of a stack whose supervisor was killed: its workers and agents, which serve on for a while. When ours can
// serve, theirs are told to end: workers first, and agents when no worker is left to ask them. The shaping decision: an
// identity is checked before every signal, so a number that means another process by now is never hit. Who does not
// listen is left alone: it ends by itself when its grace is over.

import { setTimeout } from 'node:timers/promises';
import { isAlive } from './process-identity.ts';
import type { Orphan } from './runtime.ts';

export async function retireOrphans(orphans: readonly Orphan[], drainMs: number): Promise<void> {
  const workers = orphans.filter(({ kind }) => kind === 'worker');
  await Promise.all(workers.map(endOne));
  const until = performance.now() + drainMs;
  while ((await anyAlive(workers)) && performance.now() < until) await setTimeout(pollMs, undefined, { ref: false });
  await Promise.all(orphans.filter(({ kind }) => kind !== 'worker').map(endOne));
}

const pollMs = 100;

async function endOne(orphan: Orphan): Promise<void> {
  if (!(await isAlive(orphan))) return;
  try {
    process.kill(orphan.kind === 'stranger' ? -orphan.pid : orphan.pid, 'SIGTERM');
  } catch {
    // it ended in this moment
  }
}

async function anyAlive(orphans: readonly Orphan[]): Promise<boolean> {
  return (await Promise.all(orphans.map(isAlive))).some(Boolean);
}
