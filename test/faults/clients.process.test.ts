// Clients that leave, at any point and by the hundred, and clients that are odd but in the right: half closed, a byte at a
// time, a hundred requests in one packet. Nothing is left of the first kind, and the second kind is answered.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Behaviour, requestsIn, Upstream } from '../fixtures/upstream.ts';
import { bodyOf, RawClient, until } from '../support/proxy.ts';
import {
  Crowd,
  descriptorsOf,
  expectBooks,
  expectDescriptors,
  GoodClient,
  metric,
  outcomes,
  startAttacked,
  startGood,
  withoutChunks,
} from './support.ts';

const abortsCount = 1000;
const replyBytes = 6_000_000;

/** Where a client is when it leaves, by its number. */
const stages = [
  ['within its head', 'GET / HTTP/1.1\r\nHo'],
  ['within its body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nhalf'],
  ['within a chunk', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha'],
  ['waiting for the reply', 'GET /never HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['within the reply', 'GET /large HTTP/1.1\r\nHost: a\r\n\r\n'],
] as const;

test(`${abortsCount} requests given up at any point leave nothing behind, here or upstream`, async () => {
  await using good = await startGood();
  const large = Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${replyBytes}\r\n\r\n`),
    Buffer.alloc(replyBytes),
  ]);
  await using upstream = await Upstream.start(({ bytes }) => (bytes.startsWith('GET /large') ? large : undefined));
  const inUpstream = 'connection-pool { max-idle 0 }'; // a reply that was whole in time would leave one at rest
  await using proxy = await startAttacked(good, { targets: [upstream.address], inUpstream });
  const descriptors = await descriptorsOf(proxy);
  await using client = new GoodClient(proxy);
  const wave = 250;
  for (let at = 0; at < abortsCount; at += wave) {
    await using crowd = await Crowd.open(proxy.port(), wave);
    for (const [index, { socket }] of crowd.clients.entries()) socket.write(stages[index % stages.length]?.[1] ?? '');
    await sleep(Math.random() * 100); // any point of the way
    for (const { socket } of crowd.clients) socket.resetAndDestroy();
  }
  await until(
    async () => (await metric(proxy, 'sentinel_open_connections', 'listener="http"')) === 0,
    () => 'connections are left',
  );
  await until(
    async () => (await metric(proxy, 'sentinel_upstream_connections', 'upstream="u"')) === 0,
    () => 'upstream connections are left',
  );
  await until(
    () => upstream.openCount === 0,
    () => 'the upstream still works for clients that are gone',
  );
  await expectDescriptors(proxy, descriptors);
  const answered = await client.stop();
  const counted = await metric(proxy, 'sentinel_requests_total');
  const lines = await expectBooks(proxy, counted);
  assert(counted <= answered + (abortsCount * 4) / 5, 'a head that never became whole is no exchange');
  assert(lines.length > abortsCount / 10, `only ${lines.length} exchanges had begun`);
  for (const outcome of Object.keys(outcomes(lines)))
    assert.match(outcome, /^(?:499 client-closed|200(?: client-closed)?)$/);
});

test('a client that ends its side after its request is answered, also when the answer takes long', async () => {
  await using good = await startGood();
  await using upstream = await Upstream.start(async () => {
    await sleep(100);
    return 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nlate\r\n0\r\n\r\n';
  });
  await using proxy = await startAttacked(good, { targets: [upstream.address] });
  for (const request of [
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
  ])
    assert.match(await proxy.request(request), /4\r\nlate\r\n0\r\n\r\n$/);
  assert.deepEqual(outcomes(await expectBooks(proxy, 2)), { 200: 2 });
});

/** Hands on both ways, a byte per write. */
async function startSlicer(port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer({ noDelay: true }, (outside) => {
    const inside = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [outside, inside],
      [inside, outside],
    ] as const) {
      let queue = Promise.resolve();
      from.on('data', (bytes: Buffer) => {
        queue = queue.then(async () => {
          for (const byte of bytes) {
            if (!to.destroyed) to.write(Buffer.of(byte));
            await new Promise((resolve) => setImmediate(resolve));
          }
        });
      });
      from.on('close', () => void queue.then(() => to.destroy()));
      from.on('error', () => undefined);
    }
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

const pipelinedCount = 100;

/** The n-th request, and the body that its reply must have. */
function pipelined(index: number): readonly [request: string, reply: string] {
  const body = `body ${index} `.repeat(index % 7);
  const head = `/${index} HTTP/1.1\r\nHost: a\r\n`;
  switch (index % 3) {
    case 0:
      return [`GET ${head}\r\n`, `/${index}=`];
    case 1:
      return [`POST ${head}Content-Length: ${body.length}\r\n\r\n${body}`, `/${index}=${body}`];
    default: {
      const chunk = body === '' ? '' : `${body.length.toString(16)};n=${index}\r\n${body}\r\n`;
      return [`PUT ${head}Transfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`, `/${index}=${body}`];
    }
  }
}

/** Says which request it got, with which body: by length and in chunks, in turn. */
function echo(): Behaviour {
  let count = 0;
  return (received) => {
    const requests = requestsIn(received.bytes);
    if (requests.length === 0) return undefined;
    received.bytes = '';
    return requests
      .map(({ head, body }) => {
        const reply = `${head.split(' ')[1]}=${/^transfer-encoding/im.test(head) ? withoutChunks(body) : body}`;
        count += 1;
        return count % 2 === 0
          ? `HTTP/1.1 200 OK\r\nContent-Length: ${reply.length}\r\n\r\n${reply}`
          : `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${reply.length.toString(16)}\r\n${reply}\r\n0\r\n\r\n`;
      })
      .join('');
  };
}

/** The bodies of replies, whichever way they are framed. */
function repliesIn(bytes: string): string[] {
  return bytes
    .split('HTTP/1.1 200 OK\r\n')
    .slice(1)
    .map((reply) => (/^transfer-encoding/i.test(reply) ? withoutChunks(bodyOf(reply)) : bodyOf(reply)));
}

test(`${pipelinedCount} requests in one packet, with bodies of every kind, are answered in order; sliced too`, async () => {
  await using good = await startGood();
  await using upstream = await Upstream.start(echo());
  await using proxy = await startAttacked(good, { targets: [upstream.address] });
  await using slicer = await startSlicer(proxy.port());
  const pairs = Array.from({ length: pipelinedCount }, (_, index) => pipelined(index));
  for (const port of [proxy.port(), slicer.port]) {
    await using client = await RawClient.open(port);
    client.send(pairs.map(([request]) => request).join(''));
    const last = pairs.at(-1)?.[1] ?? '';
    await client.sees((text) => text.includes(last) && repliesIn(text).at(-1) === last);
    assert.deepEqual(
      repliesIn(client.received),
      pairs.map(([, reply]) => reply),
    );
  }
  assert.deepEqual(outcomes(await expectBooks(proxy, 2 * pipelinedCount)), { 200: 2 * pipelinedCount });
});

test('a slicer between proxy and upstream changes nothing either', async () => {
  await using good = await startGood();
  await using upstream = await Upstream.start(echo());
  await using slicer = await startSlicer(upstream.port);
  await using proxy = await startAttacked(good, { targets: [`127.0.0.1:${slicer.port}`] });
  await using client = await RawClient.open(proxy.port());
  for (let index = 0; index < 9; index += 1) {
    const [request, reply] = pipelined(index);
    client.received = '';
    client.send(request);
    await client.sees((text) => repliesIn(text)[0] === reply);
  }
  assert.deepEqual(outcomes(await expectBooks(proxy, 9)), { 200: 9 });
});
