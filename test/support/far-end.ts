// The two ends of a connection in tests of sockets that are ours: near the one that is tried, far a real one of Node's.
// What every such socket has to do, in plain or inside TLS, is tried in one place.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ClientSocket } from '../../proxy/http1/client-socket.ts';
import { until } from './proxy.ts';

export const manyBytes = 20_000_000; // more than the system takes at once

export interface Ends {
  readonly near: ClientSocket;
  readonly far: Socket;
  /** What has come to the near end. */
  read(): string;
}

/** All that comes to the far end, when it is over. */
export async function readAll(far: Socket): Promise<string> {
  const received: Buffer[] = [];
  far.on('data', (piece: Buffer) => received.push(piece));
  await once(far, 'end');
  return Buffer.concat(received).toString('latin1');
}

export async function readsInOrderToTheEnd({ near, far, read }: Ends): Promise<void> {
  let isEnded = false;
  near.on('end', () => {
    isEnded = true;
  });
  const text = Array.from({ length: 30_000 }, (_, index) => `${index},`).join('');
  far.end(text);
  await until(
    () => isEnded,
    () => 'no end',
  );
  assert.equal(read(), text);
  assert.equal(near.remoteAddress, '127.0.0.1');
  assert.equal(near.remotePort, far.localPort);
  assert.equal(near.destroyed, false, 'our side goes on');
}

export async function pausesAndGoesOn({ near, far, read }: Ends): Promise<void> {
  near.pause();
  far.write(Buffer.alloc(manyBytes, 'x'));
  await until(
    () => far.writableLength > 0 && far.bytesWritten > 0,
    () => 'nothing is sent',
  );
  assert.equal(read(), '');
  near.resume();
  await until(
    () => read().length === manyBytes,
    () => `${read().length} bytes have come`,
  );
}
