// A connection to a target: heads in pieces, interim heads in one read, buffers that are kept while somebody sends from
// them, and an end that is told once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from '#config/value';
import { Departures } from '../../../proxy/http1/departures.ts';
import { TimerWheel } from '../../../proxy/timers.ts';
import { UpstreamConnection, type UpstreamOwner } from '../../../proxy/upstream/connection.ts';
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

async function open(upstream: Upstream, owner: ReturnType<typeof record>): Promise<UpstreamConnection> {
  const address = parseAddress(upstream.address);
  assert(address !== undefined);
  const connection = new UpstreamConnection(
    address,
    { timers: new TimerWheel(), departures: new Departures() },
    owner,
    (one) => one.destroy(),
  );
  owner.connection = connection;
  await until(
    () => owner.events.includes('connected') && upstream.connections.length > 0,
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

test('a buffer that is kept is not read into', async () => {
  await using upstream = await Upstream.start();
  const kept: { bytes: Buffer; text: string; at: number; end: number }[] = [];
  const owner = record();
  owner.onUpstreamHead = (bytes, at, end) => {
    kept.push({ bytes, at, end, text: bytes.toString('latin1', at, end) });
    owner.connection?.keepBuffer(bytes);
  };
  owner.onUpstreamBytes = owner.onUpstreamHead;
  const connection = await open(upstream, owner);
  upstream.connections[0]?.socket.write('HTTP/1.1 200 OK\r\n\r\nfirst');
  await until(
    () => kept.length === 1,
    () => 'no head',
  );
  assert.equal(
    connection.hasHeadroom(kept[0]?.bytes ?? Buffer.alloc(0), 100, 50),
    false,
    'it is no longer the buffer that is read into',
  );
  upstream.connections[0]?.socket.write('XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX');
  await until(
    () => kept.length === 2,
    () => 'no bytes',
  );
  for (const { bytes, at, end, text } of kept) assert.equal(bytes.toString('latin1', at, end), text);
  connection.destroy();
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
