// Upstreams that fail in every way they can, while a good client beside them notices nothing: the client gets the reply,
// a refusal, or sees that what it got is cut, never a clean end of half a reply; and no connection that is out of step is
// used again.

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerHeads, type Behaviour, type Received, Upstream } from '../fixtures/upstream.ts';
import { startDeaf } from '../support/deaf.ts';
import { bodyOf, RawClient, type RunningProxy, statusOf, until } from '../support/proxy.ts';
import {
  expectBooks,
  GoodClient,
  goodReply,
  metric,
  type Setting,
  startAttacked,
  startGood,
  withoutChunks,
} from './support.ts';

const get = (path = '/'): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const short = 'timeouts { connect-ms 300; response-headers-ms 300; idle-ms 300 }';
const head = (length: number): string => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;
const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

/** Says something, then does something to the connection once that has arrived. */
const saysThen =
  (said: string, act: (socket: Socket) => void): Behaviour =>
  async ({ socket }) => {
    if (said !== '') {
      socket.write(Buffer.from(said, 'latin1'));
      await sleep(50); // a reset overtakes what has been sent before it
    }
    act(socket);
    return undefined;
  };
const reset = (socket: Socket): void => void socket.resetAndDestroy();
const finish = (socket: Socket): void => void socket.end();
const stay = (): void => undefined;
const says = (more: string) => (socket: Socket) => void socket.write(more);

const random = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919 + (index >> 3) * 104_729) & 255));

/** [the fault, what the upstream does, what the client sees: a status, or `cut`; the refusal in the line] */
const faults: readonly (readonly [what: string, behaviour: Behaviour, seen: number | 'cut', refusal: string])[] = [
  ['a reset before the head', saysThen('', reset), 502, 'upstream-closed'],
  ['a reset within the head', saysThen('HTTP/1.1 200 OK\r\nContent-', reset), 502, 'upstream-closed'],
  ['a reset within the body', saysThen(`${head(10)}half`, reset), 'cut', 'upstream-closed'],
  ['an end before the head', saysThen('', finish), 502, 'upstream-closed'],
  ['an end within the head', saysThen('HTTP/1.1 200 OK\r\nContent-', finish), 502, 'upstream-closed'],
  ['an end within a declared length', saysThen(`${head(10)}half`, finish), 'cut', 'upstream-closed'],
  ['an end within a chunk', saysThen(`${chunkedHead}a\r\nhalf`, finish), 'cut', 'upstream-closed'],
  ['an end between chunks', saysThen(`${chunkedHead}4\r\nhalf\r\n`, finish), 'cut', 'upstream-closed'],
  ['an end before the last line end', saysThen(`${chunkedHead}4\r\nhalf\r\n0\r\n`, finish), 'cut', 'upstream-closed'],
  ['no answer', saysThen('', stay), 504, 'upstream-timeout'],
  ['half a head and no more', saysThen('HTTP/1.1 200 OK\r\nX', stay), 504, 'upstream-timeout'],
  ['half a body and no more', saysThen(`${head(10)}half`, stay), 'cut', 'upstream-timeout'],
  ['random bytes', saysThen(random.toString('latin1'), stay), 502, 'upstream-bad-reply'],
  ['the preface of HTTP/2', saysThen('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', stay), 502, 'upstream-bad-reply'],
  ['settings of HTTP/2', saysThen('\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0d', stay), 502, 'upstream-bad-reply'],
  ['a TLS alert', saysThen('\x15\x03\x01\0\x02\x02\x46', stay), 502, 'upstream-bad-reply'],
  ['a bad chunk at once', saysThen(`${chunkedHead}4\r\nhalf\r\nzz\r\n`, stay), 502, 'upstream-bad-reply'],
  ['a bad chunk later', saysThen(`${chunkedHead}4\r\nhalf\r\n`, says('zz\r\n')), 'cut', 'upstream-bad-reply'],
  ['a head without end', saysThen(`HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(300)}`, stay), 502, 'upstream-bad-reply'],
];

/** The body, as far as it came. */
function payloadOf(answer: string): string {
  const body = bodyOf(answer);
  return answer.includes('Transfer-Encoding: chunked') ? withoutChunks(body) : body;
}

test('each fault of an upstream is seen for what it is, and costs nobody else anything', async () => {
  await using good = await startGood();
  await using upstream = await Upstream.start();
  await using proxy = await startAttacked(good, { targets: [upstream.address], inUpstream: short });
  await using client = new GoodClient(proxy);
  const received: number[] = []; // bytes of the bodies
  for (const [what, behaviour, seen] of faults) {
    upstream.become(behaviour);
    await using one = await RawClient.open(proxy.port());
    one.send(get());
    if (seen === 'cut') {
      await until(
        () => one.isClosed,
        () => `${what}: not closed, received ${one.received}`,
      );
      assert.equal(one.wasReset, true, `${what}: it ends as if it were whole`);
      assert.equal(statusOf(one.received), 200, what);
    } else assert.equal(statusOf(await one.sees(/\r\n\r\n[\s\S]*Request \w+\n$/)), seen, what);
    received.push(payloadOf(one.received).length);
    await until(
      () => upstream.openCount === 0,
      () => `${what}: the connection is kept`,
    );
    upstream.become(answerHeads(goodReply));
    assert.match(await proxy.request(get()), /good$/, `after ${what}`);
    for (const { socket } of upstream.connections) socket.destroy();
    await until(
      async () => (await metric(proxy, 'sentinel_upstream_connections', 'upstream="u"')) === 0,
      () => 'a connection that ended rests on',
    );
  }
  const lines = await expectBooks(proxy, 2 * faults.length + (await client.stop()));
  assert.deepEqual(
    lines.filter(({ refusal }) => refusal !== undefined).map(({ refusal }) => refusal),
    faults.map(([, , , refusal]) => refusal),
  );
  assert.deepEqual(
    lines.filter(({ refusal }) => refusal !== undefined).map(({ bytes_out: sent }) => sent),
    received,
  );
});

test("more than was announced is nobody's: the reply is whole, the rest and the connection go", async () => {
  await using good = await startGood();
  await using upstream = await Upstream.start(
    answerHeads(`${goodReply}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`),
  );
  await using proxy = await startAttacked(good, { targets: [upstream.address] });
  await using client = await RawClient.open(proxy.port());
  for (let count = 1; count <= 5; count += 1) {
    client.send(get());
    await client.sees((text) => text.split('good').length === count + 1);
    await until(
      () => upstream.openCount === 0,
      () => 'a connection out of step is kept',
    );
  }
  assert.doesNotMatch(client.received, /evil/);
  upstream.become(answerHeads(goodReply));
  client.send(get());
  await client.sees((text) => text.split('good').length === 7);
  upstream.connections.at(-1)?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'); // while it rests
  await until(
    () => upstream.openCount === 0,
    () => 'a connection that speaks unasked is kept',
  );
  client.send(get());
  await client.sees((text) => text.split('good').length === 8);
  assert.doesNotMatch(client.received, /evil/);
  await expectBooks(proxy, 7);
});

test('a reply that drips within its deadline arrives; one that stops is cut', async () => {
  await using good = await startGood();
  const drip =
    (count: number): Behaviour =>
    async ({ socket }) => {
      for (const byte of `${head(12)}${'x'.repeat(count)}`) {
        socket.write(byte);
        await sleep(20);
      }
      return undefined;
    };
  await using upstream = await Upstream.start(drip(12));
  await using proxy = await startAttacked(good, {
    targets: [upstream.address],
    inUpstream: 'timeouts { response-headers-ms 5000; idle-ms 400 }',
    route: 'policies { timeout-secs 20 }',
  });
  assert.match(await proxy.request(get()), /\r\n\r\nx{12}$/);
  upstream.become(drip(8));
  await using client = await RawClient.open(proxy.port());
  client.send(get());
  await client.ends();
  assert.deepEqual([client.wasReset, client.received.endsWith('\r\n\r\nxxxxxxxx')], [true, true]);
  assert.deepEqual(
    (await expectBooks(proxy, 2)).map(({ refusal }) => refusal),
    [undefined, 'upstream-timeout'],
  );
});

const bodyBytes = 8_000_000;
const post = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bodyBytes}\r\n\r\n`;

test('an early reply reaches a client that is still sending, whatever the upstream does next', async () => {
  await using good = await startGood();
  await using upstream = await Upstream.start();
  await using proxy = await startAttacked(good, { targets: [upstream.address], inUpstream: short });
  await using client = new GoodClient(proxy);
  const reply = 'HTTP/1.1 413 Payload Too Large\r\nContent-Length: 4\r\n\r\nmuch';
  const endings: Readonly<Record<string, (socket: Socket) => void>> = {
    'reads on': (socket) => void socket.write(reply),
    'reads no more': (socket) => void socket.pause().write(reply),
    'ends its side': (socket) => void socket.end(reply),
    'closes with unread bytes': (socket) => void socket.pause().end(reply, () => socket.destroy()),
  };
  let count = 0;
  for (const [what, act] of Object.entries(endings)) {
    for (let round = 0; round < 3; round += 1) {
      const answered = new WeakSet<Received>();
      upstream.become((received) => {
        if (!answered.has(received)) act(received.socket);
        answered.add(received);
        return undefined;
      });
      await using sender = await RawClient.open(proxy.port());
      sender.send(post);
      for (let sent = 0; sent < bodyBytes && !sender.received.includes('much'); sent += 100_000) {
        sender.send(Buffer.alloc(100_000));
        await sleep(0);
      }
      const answer = await sender.ends();
      assert.match(answer, /^HTTP\/1\.1 413 [\s\S]*much$/, `${what}, ${round}: ${answer.slice(0, 300)}`);
      assert.match(answer, /\r\nConnection: close\r\n/);
      count += 1;
      await until(
        () => upstream.openCount === 0 || what === 'reads no more',
        () => `${what}: the upstream's connection is kept with half a request`,
      );
      for (const { socket } of upstream.connections) socket.destroy();
    }
  }
  const lines = await expectBooks(proxy, count + (await client.stop()));
  assert(lines.every(({ status, refusal }) => (status === 413 || status === 200) && refusal === undefined));
});

test('a target that refuses, and one that never accepts, are left for the next; with no other it is 502', async () => {
  const gone = await Upstream.start();
  const refusing = gone.address;
  await gone[Symbol.asyncDispose]();
  await using deaf = await startDeaf();
  await using good = await startGood();
  await using other = await Upstream.start(answerHeads(goodReply));
  for (const [address, why] of [
    [refusing, /ECONNREFUSED/],
    [deaf.address, /no connection in time/],
  ] as const) {
    await using alone = await startAttacked(good, { targets: [address], inUpstream: short });
    assert.equal(statusOf(await alone.request(get())), 502);
    const [line] = await expectBooks(alone, 1);
    assert.deepEqual([line?.refusal, line?.attempts], ['upstream-connect-failed', 0]);
    assert.match(line?.error ?? '', why);
    await using proxy = await startAttacked(good, { targets: [address, other.address], inUpstream: short });
    await using client = new GoodClient(proxy);
    for (let count = 0; count < 6; count += 1) assert.match(await proxy.request(get()), /good$/);
    const lines = await expectBooks(proxy, 6 + (await client.stop()));
    assert(lines.every(({ target, status }) => target === other.address && status === 200));
  }
});

const clientsCount = 50;

/** All of them ask at once, on connections of their own that are kept; how many were answered rightly. */
async function askAll(clients: readonly RawClient[]): Promise<number> {
  for (const client of clients) {
    client.received = '';
    client.send(get());
  }
  await until(
    () => clients.every(({ received }) => /good$|HTTP\/1\.1 [45]/.test(received)),
    () => 'not all are answered',
  );
  return clients.filter(({ received }) => received.endsWith('good')).length;
}

async function withClients(
  setting: Setting,
  run: (proxy: RunningProxy, clients: readonly RawClient[]) => Promise<void>,
) {
  await using good = await startGood();
  await using proxy = await startAttacked(good, setting);
  const clients = await Promise.all(Array.from({ length: clientsCount }, () => RawClient.open(proxy.port())));
  try {
    await run(proxy, clients);
  } finally {
    for (const client of clients) await client[Symbol.asyncDispose]();
  }
}

test(`an upstream that restarts costs no request: ${clientsCount} clients, all pooled connections gone at once`, async () => {
  await using upstream = await Upstream.start(answerHeads(goodReply));
  await withClients({ targets: [upstream.address] }, async (proxy, clients) => {
    const rounds = 6;
    for (let round = 0; round < rounds; round += 1) {
      assert.equal(await askAll(clients), clientsCount, `round ${round}`);
      const { connections } = upstream;
      for (const { socket } of connections)
        if (round % 2 === 0) socket.resetAndDestroy();
        else socket.destroy();
    }
    const lines = await expectBooks(proxy, rounds * clientsCount);
    assert(lines.every(({ status }) => status === 200));
  });
});

test('an upstream that closes after each reply without saying so loses no request, at most one replacement each', async () => {
  await using upstream = await Upstream.start((received) => {
    received.socket.write(goodReply, () => received.socket.end());
    return undefined;
  });
  await withClients({ targets: [upstream.address] }, async (proxy, clients) => {
    const rounds = 10;
    for (let round = 0; round < rounds; round += 1) assert.equal(await askAll(clients), clientsCount, `round ${round}`);
    const lines = await expectBooks(proxy, rounds * clientsCount);
    assert(lines.every(({ status, attempts = 0 }) => status === 200 && attempts <= 2));
  });
});
