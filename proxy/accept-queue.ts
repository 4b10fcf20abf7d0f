// What waits in the kernel's queues of sockets that are about to be closed: taken in before, since the kernel resets it
// otherwise. The shaping decision: Node takes one connection per socket and turn of its event loop (libuv since 1.45), so
// after a turn that took long there may be dozens; they are taken in until two turns brought none, the first of which
// may have begun before somebody came. It refuses to wait for clients: a queue that is empty ends it in two turns.

import { setImmediate } from 'node:timers/promises';

/** `arrived` counts connections. Where more come than can be taken in, it ends after `withinMs`. */
export async function emptyQueues(arrived: () => number, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  let quietTurns = 0;
  do {
    const before = arrived();
    await setImmediate();
    quietTurns = arrived() === before ? quietTurns + 1 : 0;
  } while (quietTurns < 2 && performance.now() < until);
}
