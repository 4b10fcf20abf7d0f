// Who has the new connections of a port that two stacks share, asked of the kernel with real sockets: all of them, ours
// alone, ours alone while theirs are closed one by one, and all that are left.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { BoundSocket, connect, createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { steerToOurs } from '../../stack/steer.ts';

interface Counted extends AsyncDisposable {
  readonly fd: number;
  readonly port: number;
  accepted: number;
  close(): Promise<void>;
}

async function listening(port: number): Promise<Counted> {
  const bound = new BoundSocket({ host: '127.0.0.1', port, reusePort: true });
  const fd = bound.fd();
  const server: Server = createServer((socket) => {
    counted.accepted += 1;
    socket.destroy();
  });
  const close = async () => {
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  const counted: Counted = { fd, port: bound.address().port, accepted: 0, close, [Symbol.asyncDispose]: close };
  server.listen({ fd });
  await once(server, 'listening');
  return counted;
}

/** Connections one after the other; how many each of the sockets got. */
async function share(sockets: readonly Counted[], connections = 100): Promise<number[]> {
  for (const socket of sockets) socket.accepted = 0;
  const { port = 0 } = sockets[0] ?? {};
  for (let count = 0; count < connections; count += 1) await once(connect(port, '127.0.0.1').resume(), 'close');
  return sockets.map(({ accepted }) => accepted);
}

test('new connections go to ours alone, also while theirs are closed one after the other', async () => {
  await using first = await listening(0);
  await using second = await listening(first.port);
  await using third = await listening(first.port);
  await using fourth = await listening(first.port);
  const all = [first, second, third, fourth];
  const before = await share(all, 200);
  assert(
    before.every((accepted) => accepted > 0),
    `the kernel shares out: ${before}`,
  );

  const steering = await steerToOurs([{ host: '127.0.0.1', port: first.port, fds: [third.fd, fourth.fd] }]);
  assert(steering !== undefined);
  const steered = await share(all);
  assert.deepEqual(steered.slice(0, 2), [0, 0]);
  assert(
    steered.slice(2).every((accepted) => accepted > 0),
    `both of ours: ${steered}`,
  );

  steering.prepareForCloses();
  await first.close();
  assert.equal((await share([second, third, fourth]))[0], 0, 'the other of theirs gets nothing');
  await second.close();
  const left = await share([third, fourth]);
  assert.equal(
    left.reduce((sum, accepted) => sum + accepted),
    100,
  );
  await steering.finish();
  const after = await share([third, fourth], 200);
  assert(
    after.every((accepted) => accepted > 0),
    `all that are left: ${after}`,
  );
});

test('who has a port alone, or does not listen yet, steers nothing', async () => {
  await using alone = await listening(0);
  assert.equal(await steerToOurs([{ host: '127.0.0.1', port: alone.port, fds: [alone.fd] }]), undefined);
  const bound = new BoundSocket({ host: '127.0.0.1', port: alone.port, reusePort: true });
  try {
    assert.equal(await steerToOurs([{ host: '127.0.0.1', port: alone.port, fds: [bound.fd()] }]), undefined);
  } finally {
    bound.close();
  }
});
