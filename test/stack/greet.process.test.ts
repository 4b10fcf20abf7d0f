// A program that is not ours is ready when it can be asked: each answer to the offer of version 2, over real sockets, and
// none.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { greet } from '../../stack/greet.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { eventually } from './processes.ts';

function frame(type: number, payload: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(payload));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length + 1);
  head[4] = type;
  return Buffer.concat([head, body]);
}

const answer = (more: object = {}, health = false) =>
  frame(0x02, {
    protocol_version: 2,
    success: true,
    error: null,
    capabilities: { features: { health_reporting: health } },
    ...more,
  });
const healthOf = (status: string, reason?: string) => frame(0x30, { agent_id: 'a', state: { status, reason } });

/** A program that does so with each connection, by its number; what is told of it. */
async function met(
  talk: (socket: Socket, count: number, offer: Promise<Buffer>) => unknown,
  offer: string | null = '{"supported_versions":[2]}',
) {
  const folder = tempFolder({});
  const path = folder.of('a.sock');
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    count += 1;
    sockets.add(socket.on('error', () => undefined));
    talk(
      socket,
      count,
      once(socket, 'data').then(
        ([bytes]) => bytes,
        () => Buffer.alloc(0),
      ),
    );
  }).listen(path);
  await once(server, 'listening');
  const told: string[] = [];
  let hasEnded = false;
  const over = greet(path, offer ?? undefined, () => hasEnded, {
    ready: (detail) => told.push(`ready: ${detail}`),
    problem: (code, what) => told.push(`${code}: ${what}`),
  });
  return {
    told,
    over,
    async [Symbol.asyncDispose]() {
      hasEnded = true;
      for (const socket of sockets) socket.destroy();
      server.close();
      await over;
      folder[Symbol.dispose]();
    },
  };
}

test('who takes the offer is ready', async () => {
  const offers: string[] = [];
  await using one = await met(async (socket, _, offer) => {
    offers.push((await offer).subarray(4).toString());
    const bytes = answer();
    socket.write(bytes.subarray(0, 3)); // in whatever pieces
    socket.write(bytes.subarray(3));
  });
  await one.over;
  assert.deepEqual(one.told, ['ready: it takes version 2']);
  assert.deepEqual(offers, ['\x01{"supported_versions":[2]}']);
});

test('who refuses it is asked again, and the reason is kept', async () => {
  await using one = await met((socket, count) =>
    socket.write(answer(count > 1 ? {} : { success: false, error: 'no rules' })),
  );
  await one.over;
  assert.deepEqual(one.told, [
    'agent-not-ready: it refuses the offer of version 2: no rules',
    'ready: it takes version 2',
  ]);
});

test('who says that it is unhealthy is waited for', async () => {
  let recover = () => {};
  await using one = await met((socket, count) => {
    socket.write(Buffer.concat([answer({}, true), healthOf('unhealthy', 'loading')]));
    if (count === 1) recover = () => void socket.write(healthOf('healthy'));
  });
  await eventually('its word', () => {
    recover();
    return one.told.length > 0;
  });
  assert.deepEqual(one.told, ['ready: it takes version 2']);
});

test('who ends the connection while it is unhealthy is not ready', async () => {
  await using one = await met((socket) => socket.end(Buffer.concat([answer({}, true), healthOf('draining')])));
  await eventually('two tries', () => one.told.length >= 2);
  assert.deepEqual(
    one.told.slice(0, 2),
    Array(2).fill('agent-not-ready: it says that it is draining: without a reason'),
  );
});

test('who reports health and says nothing of it is ready', async () => {
  await using one = await met((socket) => socket.write(answer({}, true)));
  await one.over;
  assert.deepEqual(one.told, ['ready: it takes version 2']);
});

test('who hangs up, says something else, or nothing, speaks version 1', async () => {
  for (const talk of [
    (socket: Socket) => socket.end(),
    (socket: Socket) => socket.write('{"type":"hello"}'),
    (socket: Socket) => socket.write(frame(0x02, 'x').fill(0xff)),
    () => undefined,
  ]) {
    await using one = await met(talk);
    await one.over;
    assert.deepEqual(one.told, ['ready: its socket accepts']);
  }
});

test('who is to be spoken to in version 1 gets no offer', async () => {
  let heard = '';
  await using one = await met((socket) => void socket.on('data', (bytes) => (heard += String(bytes))), null);
  await one.over;
  assert.deepEqual([one.told, heard], [['ready: its socket accepts'], '']);
});
