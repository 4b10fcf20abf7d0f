// Whoever does not take what waits for it is bounded: a client its reply, one or many of them, a target a request's body.
// And whoever takes steadily, however slowly, is served to the end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerHeads, Upstream } from '../fixtures/upstream.ts';
import { statusOf, until } from '../support/proxy.ts';
import { TestWorker } from '../support/worker.ts';

const get = (path = '/'): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const endless = `HTTP/1.1 200 OK\r\nContent-Length: ${32 * 1024 * 1024}\r\n\r\n${'x'.repeat(32 * 1024 * 1024)}`;

test('a client that stops reading its reply is cut, with its line, and the upstream is left', async () => {
  await using upstream = await Upstream.start(answerHeads(endless));
  await using worker = await TestWorker.forwarding(upstream, { listener: 'timeouts { write-idle-ms 200 }' });
  await using client = await worker.open();
  client.socket.pause();
  client.send(get());
  const [line] = await worker.lines(1);
  assert.deepEqual([line?.status, line?.refusal], [200, 'write-timeout']);
  await until(
    () => upstream.openCount === 0 && worker.worker.connectionsOpen === 0,
    () => 'a connection is left',
  );
});

test('replies that nobody reads are not gathered: the next request waits until the last reply is taken', async () => {
  await using upstream = await Upstream.start(
    answerHeads(`HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n${'x'.repeat(50_000)}`),
  );
  await using worker = await TestWorker.forwarding(upstream, { listener: 'timeouts { write-idle-ms 400 }' });
  await using client = await worker.open();
  client.socket.pause();
  const asked = 5000; // 250 MB of replies
  client.send(get().repeat(asked));
  await until(
    () => worker.worker.connectionsOpen === 0,
    () => 'it is not cut',
  );
  const { exchangesInFlight, routes } = worker.worker.metrics;
  const answered = routes.get('site')?.requests()[0]?.count ?? 0;
  assert(answered < 1000, `${answered} replies of 50 KB were made for a client that reads none`);
  assert.equal(exchangesInFlight, 0);
  assert.equal((await worker.lines(answered)).length, answered);
});

for (const ends of [false, true]) {
  test(`all of them arrive when it reads on${ends ? ', also if it has ended its side' : ''}`, async () => {
    await using upstream = await Upstream.start(
      answerHeads(`HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n${'x'.repeat(50_000)}`),
    );
    await using worker = await TestWorker.forwarding(upstream);
    await using client = await worker.open();
    client.socket.pause();
    const asked = 300;
    client.send(get().repeat(asked));
    const { metrics } = worker.worker;
    let before = 0;
    await until(
      () => {
        const answered = metrics.routes.get('site')?.requests()[0]?.count ?? 0;
        const stands = answered > 10 && answered === before;
        before = answered;
        return stands;
      },
      () => 'it does not begin, or does not wait',
    );
    assert(before < asked);
    if (ends) client.socket.end();
    await sleep(100); // for the end to arrive
    client.socket.resume();
    await client.sees((text) => text.length >= asked * 50_042);
    assert.equal(client.received.split('HTTP/1.1 200 OK').length, asked + 1);
  });
}

test('a target that does not take the body is given up, and the client is told', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, {
    route: 'policies { max-body-size "1GiB" }',
    inUpstream: 'timeouts { idle-ms 200 }',
  });
  await using client = await worker.open();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n');
  await until(
    () => upstream.connections.length === 1,
    () => 'no connection',
  );
  upstream.connections[0]?.socket.pause();
  client.send(Buffer.alloc(50_000_000));
  const [line] = await worker.lines(1);
  assert.deepEqual([line?.status, line?.refusal], [504, 'upstream-timeout']);
  await until(
    () => upstream.openCount === 0 || worker.worker.connectionsOpen === 0,
    () => 'a connection is left',
  );
});

test('the end of the last reply on a connection waits for a client that takes it slowly', async () => {
  const length = 6_000_000;
  await using upstream = await Upstream.start(
    answerHeads(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(length)}`),
  );
  await using worker = await TestWorker.forwarding(upstream, { listener: 'timeouts { keepalive-ms 100 }' });
  for (const close of ['', 'Connection: close\r\n']) {
    await using client = await worker.open();
    client.socket.pause();
    client.send(`GET / HTTP/1.1\r\nHost: a\r\n${close}\r\n`);
    const isHandedOver = () => worker.worker.metrics.exchangesInFlight === 0;
    while (!isHandedOver() || client.received.length === 0) {
      client.socket.resume();
      await sleep(1);
      client.socket.pause();
      await sleep(1);
    }
    await sleep(close === '' ? 300 : 2500); // longer than it keeps idle connections, or lingers
    client.socket.resume();
    await client.ends();
    assert.equal(client.received.length, length + 44 + close.length, close);
  }
});

test('the deadline of the route counts to the beginning of the reply: a long download is not cut by it', async () => {
  await using upstream = await Upstream.start(async ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n');
    for (let count = 0; count < 8; count += 1) {
      await sleep(100);
      socket.write(`data: ${count}\n\n`);
    }
    socket.end();
    return undefined;
  });
  await using worker = await TestWorker.forwarding(upstream, { route: 'policies { timeout-ms 300 }' });
  assert.match(await worker.request(get()), /data: 7\n\n\r\n0\r\n\r\n$/);
});

test('nor a long upload: it begins when the request is whole', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, { route: 'policies { timeout-ms 300 }' });
  await using client = await worker.open();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8000\r\n\r\n');
  for (let count = 0; count < 8; count += 1) {
    await sleep(100);
    client.send('x'.repeat(1000));
  }
  assert.equal(statusOf(await client.sees('\r\n\r\nok')), 200);
  upstream.become(() => undefined);
  client.received = '';
  client.send(get());
  assert.equal(statusOf(await client.sees('\r\n\r\n')), 504);
});
