// Asked to stop under load, the worker loses nothing: whatever was sent before a connection's end was announced is
// answered, and it ends with 0.

import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerHeads, Upstream } from '../fixtures/upstream.ts';
import { RawClient, until } from '../support/proxy.ts';
import { goodReply, outcomes, startAttacked, startGood } from './support.ts';

const clientsCount = 50;

interface Looping {
  readonly socket: Socket;
  asked: number;
  answered: number;
  failure: string | undefined;
  isDone: boolean;
}

/** Asks again as soon as it is answered, on one connection, until a reply announces its end. */
function loop(port: number): Looping {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const client: Looping = { socket, asked: 0, answered: 0, failure: undefined, isDone: false };
  let received = '';
  const ask = () => {
    client.asked += 1;
    socket.write('GET /load HTTP/1.1\r\nHost: a\r\n\r\n');
  };
  socket.on('data', (bytes: Buffer) => {
    received += bytes.toString('latin1');
    if (!received.endsWith('\r\n\r\ngood')) return;
    client.answered += 1;
    client.isDone = received.includes('Connection: close');
    received = '';
    if (client.isDone) socket.end();
    else ask();
  });
  socket.on('error', (error) => {
    client.failure = error.message;
  });
  socket.on('close', () => {
    if (!client.isDone) client.failure ??= 'closed without announcement';
  });
  ask();
  return client;
}

for (const delayMs of [0, 30]) {
  test(`stopped under load, with an upstream that takes ${delayMs} ms, no request is lost`, async () => {
    await using good = await startGood();
    const reply = answerHeads(goodReply);
    await using upstream = await Upstream.start(async (received, server) => {
      if (delayMs > 0) await sleep(delayMs);
      return reply(received, server);
    });
    await using proxy = await startAttacked(good, { targets: [upstream.address] });
    const clients = Array.from({ length: clientsCount }, () => loop(proxy.port()));
    try {
      await until(
        () => clients.every(({ answered }) => answered > 3),
        () => 'the load does not begin',
      );
      proxy.signal('SIGTERM');
      assert.deepEqual(await proxy.ended, { code: 0, signal: undefined });
      await until(
        () => clients.every(({ socket }) => socket.closed),
        () => 'connections are left open',
      );
      for (const { failure, asked, answered } of clients) assert.deepEqual([failure, answered], [undefined, asked]);
      const asked = clients.reduce((sum, client) => sum + client.asked, 0);
      assert.deepEqual(outcomes(await proxy.lines(asked)), { 200: asked });
    } finally {
      for (const { socket } of clients) socket.destroy();
    }
  });
}

test('a request that came while the process stood still is answered, though its connection was idle for too long', async () => {
  await using good = await startGood();
  await using proxy = await startAttacked(good, { listener: 'timeouts { keepalive-secs 1 }' });
  await using client = await RawClient.open(proxy.port());
  const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
  client.send(get);
  await client.sees('\r\n\r\n');
  process.kill(proxy.pid, 'SIGSTOP');
  client.received = '';
  client.send(get);
  await sleep(1500); // the connection's time runs out
  process.kill(proxy.pid, 'SIGCONT');
  await client.sees('HTTP/1.1 200 OK');
  assert.equal(await client.ends(), client.received); // and then, idle again, it is closed
});
