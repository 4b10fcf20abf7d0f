// What is left of a stack whose supervisor was killed: its workers and agents, which serve on for a while. When ours can
// serve, theirs are told to end: workers first, and agents when no worker is left to ask them. The shaping decision: an
// identity is checked before every signal, so a number that means another process by now is never hit. Who does not
// listen is left alone: it ends by itself when its grace is over.

import { setTimeout } from 'node:timers/promises';
import { supervisorLimits } from '#config/limits';
import { isAlive } from './process-identity.ts';
import type { Orphan } from './runtime.ts';
import type { Steering } from './steer.ts';

/**
 * They serve for as long as it takes us to start, on a busy machine longer than their grace. If we do not come up they
 * end when it is over.
 */
export function keepOrphans(orphans: readonly Orphan[]): Disposable {
  const ours = orphans.filter(({ kind }) => kind !== 'stranger'); // others would end of the signal
  const tellAll = () => void Promise.all(ours.map((orphan) => signal(orphan, 'SIGHUP')));
  if (ours.length > 0) tellAll();
  const timer = setInterval(tellAll, supervisorLimits.orphansKeptMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** `steer`: from here on they get no new connections. With `hurry` we are to stop, and have nobody to steer to. */
export async function retireOrphans(
  orphans: readonly Orphan[],
  drainMs: number,
  steer: () => Promise<Steering | undefined> = async () => undefined,
  hurry?: AbortSignal,
): Promise<void> {
  const workers = orphans.filter(({ kind }) => kind === 'worker');
  const steering = hurry?.aborted !== true && (await anyAlive(workers)) ? await steer() : undefined;
  // They accept what waits in their queues, and the handshakes that have begun come to their end.
  if (steering !== undefined)
    await setTimeout(supervisorLimits.steeredMs, undefined, { ref: false, signal: hurry }).catch(ignore);
  steering?.prepareForCloses();
  await Promise.all(workers.map(endOne));
  await steering?.finish();
  const until = performance.now() + drainMs;
  while ((await anyAlive(workers)) && performance.now() < until) await setTimeout(pollMs, undefined, { ref: false });
  await Promise.all(orphans.filter(({ kind }) => kind !== 'worker').map(endOne));
}

const pollMs = 100;
const ignore = () => undefined; // the wait was cut short

const endOne = (orphan: Orphan) => signal(orphan, 'SIGTERM');

async function signal(orphan: Orphan, name: 'SIGTERM' | 'SIGHUP'): Promise<void> {
  if (!(await isAlive(orphan))) return;
  try {
    process.kill(orphan.kind === 'stranger' ? -orphan.pid : orphan.pid, name);
  } catch {
    // it ended in this moment
  }
}

async function anyAlive(orphans: readonly Orphan[]): Promise<boolean> {
  return (await Promise.all(orphans.map(isAlive))).some(Boolean);
}
