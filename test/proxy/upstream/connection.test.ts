// A connection to a target: heads in pieces, interim heads in one read, one buffer for the reads of all, and an end that
// is told once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from '#config/value';
import { Departures } from '../../../proxy/http1/departures.ts';
import { TimerWheel } from '../../../proxy/timers.ts';
import { UpstreamConnection, type UpstreamOwner } from '../../../proxy/upstream/connection.ts';
import { ReadBuffer } from '../../../proxy/upstream/read-buffer.ts';
import { Upstream } from '../../fixtures/upstream.ts';
import { until } from '../../support/proxy.ts';

function record(): UpstreamOwner & { readonly events: string[]; connection?: UpstreamConnection } {
  const events: string[] = [];
  const owner: ReturnType<typeof record> = {
    events,
    onUpstreamConnected: () => void events.push('connected'),
    onUpstreamHead(bytes, at, end) {
      const head = owner.connection?.head;
      events.push(`head ${head?.fault ?? head?.status} ${bytes.toString('latin1', at, end)}`);
      if (head !== undefined && head.status < 200) owner.connection?.readNextHead(bytes, at, end);
    },
    onUpstreamBytes: (bytes, at, end) => void events.push(`bytes ${bytes.toString('latin1', at, end)}`),
    onUpstreamDrained: () => undefined,
    onUpstreamTimeout: () => void events.push('timeout'),
    onUpstreamClosed: (error) => void events.push(`closed ${error?.name ?? ''}`),
    onMistake: (error) => void events.push(`mistake ${error}`),
  };
  return owner;
}

async function open(
  upstream: Upstream,
  owner: ReturnType<typeof record>,
  readBuffer = new ReadBuffer(),
): Promise<UpstreamConnection> {
  const before = upstream.connections.length;
  const address = parseAddress(upstream.address);
  assert(address !== undefined);
  const connection = new UpstreamConnection(
    address,
    { timers: new TimerWheel(), readBuffer, departures: new Departures() },
    owner,
    (one) => one.destroy(),
  );
  owner.connection = connection;
  await until(
    () => owner.events.includes('connected') && upstream.connections.length > before,
    () => 'no connection',
  );
  return connection;
}

test('a head in pieces, then bytes, then the end, once', async () => {
  await using upstream = await Upstream.start();
  const owner = record();
  await open(upstream, owner);
  const socket = upstream.connections[0]?.socket;
  for (const piece of ['HTTP/1.1 20', '0 OK\r\nA: ', '1\r\n\r\nbo', 'dy']) {
    socket?.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await until(
    () => owner.events.at(-1) === 'bytes dy',
    () => owner.events.join(),
  );
  socket?.end();
  await until(
    () => owner.events.some((event) => event.startsWith('closed')),
    () => owner.events.join(),
  );
  assert.deepEqual(owner.events, ['connected', 'head 200 bo', 'bytes dy', 'closed ']);
});

test('interim heads and the final one in one read', async () => {
  await using upstream = await Upstream.start();
  const owner = record();
  const connection = await open(upstream, owner);
  upstream.connections[0]?.socket.write('HTTP/1.1 103 A\r\n\r\nHTTP/1.1 100 B\r\n\r\nHTTP/1.1 200 C\r\n\r\nx');
  await until(
    () => owner.events.length === 4,
    () => owner.events.join(),
  );
  assert.deepEqual(
    owner.events.slice(2).map((event) => event.slice(0, 8)),
    ['head 100', 'head 200'],
  );
  connection.destroy();
});

test('all connections read into one buffer, in which there is room in front of a read', async () => {
  await using upstream = await Upstream.start();
  const owners = [record(), record()] as const;
  const readBuffer = new ReadBuffer();
  const connections = [
    await open(upstream, owners[0], readBuffer),
    await open(upstream, owners[1], readBuffer),
  ] as const;
  const came: { bytes: Buffer; at: number }[] = [];
  for (const owner of owners) owner.onUpstreamHead = (bytes, at) => void came.push({ bytes, at });
  for (const { socket } of upstream.connections) socket.write('HTTP/1.1 200 OK\r\n\r\nbody');
  await until(
    () => came.length === 2,
    () => 'no heads',
  );
  for (const { bytes, at } of came) {
    assert.equal(bytes, readBuffer.bytes);
    assert.equal(at, readBuffer.start + 'HTTP/1.1 200 OK\r\n\r\n'.length);
    assert.equal(connections[0].hasHeadroom(bytes, at, readBuffer.start), true);
    assert.equal(connections[0].hasHeadroom(bytes, at, at + 1), false);
    assert.equal(connections[0].hasHeadroom(Buffer.alloc(at), at, 1), false, 'of a head that came in pieces');
  }
  for (const connection of connections) connection.destroy();
});

test('a mistake of the owner is told to the owner', async () => {
  await using upstream = await Upstream.start();
  const owner = record();
  owner.onUpstreamHead = () => {
    throw new Error('planted');
  };
  const connection = await open(upstream, owner);
  upstream.connections[0]?.socket.write('HTTP/1.1 200 OK\r\n\r\n');
  await until(
    () => owner.events.length === 2,
    () => owner.events.join(),
  );
  assert.deepEqual(owner.events, ['connected', 'mistake Error: planted']);
  connection.destroy();
});
