// A client's connection: bytes in any pieces become exchanges in order, what cannot be taken yet is held within a bound,
// and it ends without tearing up the last reply.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bufferLimits } from '#config/limits';
import { Upstream } from '../../fixtures/upstream.ts';
import { statusOf, until } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

test('pipelining is bounded: a client that sends on without an answer is not read any more, and then goes on', async () => {
  let answer: (() => void) | undefined;
  await using upstream = await Upstream.start(
    () =>
      new Promise((resolve) => {
        answer = () => resolve('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      }),
  );
  await using worker = await TestWorker.forwarding(upstream, { route: 'matches { path "/wait" }' });
  await using client = await worker.open();
  client.send(get('/wait'));
  await until(
    () => upstream.bytes !== '',
    () => 'nothing arrives',
  );
  const many = 400_000;
  const burst = get('/next').repeat(many);
  client.send(burst);
  let before = -1;
  await until(
    () => {
      const stands = client.socket.writableLength > 0 && client.socket.writableLength === before;
      before = client.socket.writableLength;
      return stands;
    },
    () => 'everything is read',
  );
  assert(burst.length > 20 * bufferLimits.heldBytesMax);
  answer?.();
  await until(
    () =>
      worker.worker.metrics
        .route('')
        .requests()
        .some(({ count }) => count >= 1000),
    () => 'it does not go on',
  );
});

test('a head may be larger than what is held otherwise', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, {
    listener: 'limits { max-header-bytes "512KiB"; max-header-count 1000 }',
  });
  const more = `X: ${'y'.repeat(10_000)}\r\n`.repeat(20);
  await using client = await worker.open();
  const bytes = `GET / HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
  for (let at = 0; at < bytes.length; at += 50_000) {
    client.send(bytes.slice(at, at + 50_000));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await client.sees('200 OK');
  assert.equal(upstream.bytes.split('X: yyy').length, 21);
});

test('half a head and then the end is no exchange; half a body is one, aborted', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  assert.equal(await worker.request('GET / HTTP/1.1\r\nHo'), '');
  assert.equal(await worker.request('POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab'), '');
  const [line, ...rest] = await worker.lines(1);
  assert.deepEqual([line?.path, line?.status, rest.length], ['/half', 499, 0]);
  await until(
    () => worker.worker.connectionsOpen === 0,
    () => 'a connection is left',
  );
});

test('the reply to a malformed request arrives though more is sent behind it', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  await using client = await worker.open();
  client.send(`BAD\r\n${'x'.repeat(200_000)}`);
  assert.equal(statusOf(await client.ends()), 400);
  assert.equal(client.wasReset, false);
});

test('a client that ends its side after the request still gets its reply, and waits no longer than others', async () => {
  let answer: (reply: string) => void = () => assert.fail('not asked');
  await using upstream = await Upstream.start(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  await using worker = await TestWorker.forwarding(upstream, { inUpstream: 'timeouts { response-headers-ms 300 }' });
  await using patient = await worker.open();
  patient.send(get('/'));
  patient.socket.end();
  await until(
    () => upstream.bytes !== '',
    () => 'nothing arrives',
  );
  answer('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  assert.match(await patient.ends(), /ok$/);
  assert.equal(statusOf(await worker.request(get('/hangs'))), 504);
  assert.equal((await worker.lines(2))[1]?.refusal, 'upstream-timeout');
});

test('a client that announced its last request is let go with the reply, and leaves no deadline behind', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  for (let round = 0; round < 20; round += 1) {
    await using client = await worker.open();
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.equal(statusOf(await client.ends()), 200);
    assert.equal(client.wasReset, false);
  }
  await until(
    () => worker.worker.connectionsOpen === 0,
    () => 'a connection is left',
  );
  assert(worker.worker.timers.size <= 2, `${worker.worker.timers.size} deadlines`); // of pooled connections
});
