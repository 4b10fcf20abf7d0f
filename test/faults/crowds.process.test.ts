// Too many at once: idle connections, new connections, requests, and not enough descriptors for any of them. What is over
// a bound is turned away and counted; a good client is answered all the while.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerHeads, Upstream } from '../fixtures/upstream.ts';
import { headerOf, RawClient, until } from '../support/proxy.ts';
import {
  Crowd,
  descriptorsOf,
  expectBooks,
  expectDescriptors,
  GoodClient,
  goodReply,
  metric,
  outcomes,
  residentMiB,
  startAttacked,
  startGood,
} from './support.ts';

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const idleCount = 10_000;
const connectsCount = 5000;
const requestsCount = 2000;

test(`${idleCount} idle connections change nothing for a good client, and go by their deadline`, async () => {
  await using good = await startGood();
  await using proxy = await startAttacked(good, {
    listener: 'timeouts { keepalive-ms 4000; header-ms 20000 }; limits { max-connections 15000 }',
  });
  const [descriptors, resident] = [await descriptorsOf(proxy), await residentMiB(proxy)];
  await using client = new GoodClient(proxy);
  await using crowd = await Crowd.open(proxy.port(), idleCount, { wave: 1000 });
  crowd.sendAll(get('/idle'));
  await until(
    () => crowd.clients.every(({ bytes }) => bytes > 0),
    () => `${crowd.clients.filter(({ bytes }) => bytes === 0).length} are not answered`,
  );
  const asked = client.answered;
  await until(
    () => client.answered > asked + 10,
    () => 'the good client is not answered beside them',
  );
  const held = ((await residentMiB(proxy)) - resident) * 1024;
  assert(held / idleCount < 20, `${Math.round(held / idleCount)} KB for each idle connection`);
  await crowd.ends();
  await expectDescriptors(proxy, descriptors);
  const lines = await expectBooks(proxy, idleCount + (await client.stop()));
  assert.deepEqual(outcomes(lines), { 200: idleCount });
});

test(`${connectsCount} connections at once, half of them closed at once: the rest is served up to the bound`, async () => {
  const bound = 1000;
  await using good = await startGood();
  await using proxy = await startAttacked(good, { listener: `limits { max-connections ${bound} }` });
  const descriptors = await descriptorsOf(proxy);
  await using client = new GoodClient(proxy);
  await until(
    () => client.answered > 0,
    () => 'the good client is not answered',
  );
  await using leaving = await Crowd.open(proxy.port(), connectsCount / 2, { wave: connectsCount / 2 });
  for (const [index, { socket }] of leaving.clients.entries()) {
    if (index % 2 === 0) socket.resetAndDestroy();
    else socket.destroy();
  }
  await until(
    async () => (await metric(proxy, 'sentinel_open_connections', 'listener="http"')) === 0,
    () => 'closed connections are kept',
  );
  const refusedBefore = await metric(proxy, 'sentinel_connections_refused_total');
  await using staying = await Crowd.open(proxy.port(), connectsCount / 2, { first: get('/flood') });
  await until(
    () => staying.clients.every(({ hasEnded, bytes }) => hasEnded || bytes > 0),
    () => 'connections are neither served nor turned away',
  );
  const served = staying.clients.filter(({ bytes }) => bytes > 0).length;
  assert.equal(served, bound);
  const refused = await metric(proxy, 'sentinel_connections_refused_total', 'reason="listener-full"');
  assert.equal(refused - refusedBefore, connectsCount / 2 - bound);
  await staying[Symbol.asyncDispose]();
  await expectDescriptors(proxy, descriptors);
  assert.deepEqual(outcomes(await expectBooks(proxy, served + (await client.stop()))), { 200: served });
});

test(`${requestsCount} requests at once over the bound: 503 with Retry-After, counted, and none lost`, async () => {
  const bound = 500;
  await using good = await startGood();
  await using upstream = await Upstream.start(() => undefined);
  await using proxy = await startAttacked(good, {
    limits: `max-in-flight-requests ${bound}`,
    targets: [upstream.address],
  });
  await using crowd = await Crowd.open(proxy.port(), requestsCount, { first: get('/flood') });
  const answered = () => crowd.clients.filter(({ bytes }) => bytes > 0);
  await until(
    () => answered().length === requestsCount - bound && upstream.connections.length === bound,
    () => `${answered().length} are refused, ${upstream.connections.length} reach the upstream`,
  );
  for (const { received } of answered()) {
    assert.match(received, /^HTTP\/1\.1 503 /);
    assert.equal(headerOf(received, 'Retry-After'), '1');
  }
  for (const { socket } of upstream.connections) socket.write(goodReply);
  await until(
    () => answered().length === requestsCount,
    () => 'those within the bound are not answered',
  );
  const lines = await expectBooks(proxy, requestsCount);
  assert.deepEqual(outcomes(lines), { 200: bound, '503 too-many-in-flight': requestsCount - bound });
  assert.equal(await metric(proxy, 'sentinel_refusals_total', 'reason="too-many-in-flight"'), requestsCount - bound);
  await using client = new GoodClient(proxy);
  await sleep(50);
  await client.stop();
});

test('out of descriptors: it survives, tells it, and serves once connections are gone', async () => {
  await using good = await startGood();
  await using upstream = await Upstream.start(answerHeads(goodReply));
  await using proxy = await startAttacked(good, { targets: [upstream.address], descriptorsMax: 60 });
  const clients = await Promise.all(Array.from({ length: 120 }, () => RawClient.open(proxy.port())));
  try {
    await until(
      () =>
        clients.some(({ isClosed, socket }) => isClosed || socket.readableEnded) ||
        proxy.stderr().includes('accept-failed'),
      () => 'no connection was turned away',
    );
    for (const client of clients) if (!client.isClosed) client.send(get('/'));
    const isAnswered = ({ received, isClosed, socket }: RawClient) =>
      received !== '' || isClosed || socket.readableEnded;
    await until(
      () => clients.filter(isAnswered).length > 30,
      () => 'those that were accepted are not answered',
    );
    for (const { received } of clients) assert.match(received, /^$|^HTTP\/1\.1 (?:200|502) /);
  } finally {
    for (const client of clients) await client[Symbol.asyncDispose]();
  }
  await until(
    async () =>
      (await proxy.request(get('/'), { until: (text) => text !== '' }).catch(() => '')).startsWith('HTTP/1.1 200'),
    () => `it does not serve again: ${proxy.stderr()}`,
  );
  await using client = new GoodClient(proxy);
  await until(
    () => client.answered > 10,
    () => 'the good client is not answered',
  );
  await client.stop();
  assert.doesNotMatch(proxy.stderr(), /internal-error|Error:/);
});
