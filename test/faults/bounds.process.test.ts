// Every bound and deadline of a client at its edge: exactly the bound is accepted, one more is answered as promised. Those
// of connections and requests at once are in crowds.process.test.ts, those of upstreams in upstreams.process.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { proxyLimits, upstreamLimits } from '#config/limits';
import { answerHeads, Upstream } from '../fixtures/upstream.ts';
import { effect } from '../support/effect.ts';
import { RawClient, type RunningProxy, startProxy, statusOf, until } from '../support/proxy.ts';
import { expectBooks, outcomes, startAttacked, startGood } from './support.ts';

const second = 1000;
const KiB = 1024;

test('the bounds that are promised hold by default', () => {
  const proxy = Object.fromEntries(Object.entries(proxyLimits).map(([name, range]) => [name, range.default]));
  const upstream = Object.fromEntries(Object.entries(upstreamLimits).map(([name, range]) => [name, range.default]));
  assert.partialDeepStrictEqual(proxy, {
    headerBytesMax: 32 * KiB,
    headerCountMax: 100,
    bodyBytesMax: 10 * KiB * KiB,
    connectionsMax: 10_000,
    connectionsPerClientMax: 100,
    exchangesInFlightMax: 10_000,
    headerMs: 10 * second,
    bodyIdleMs: 30 * second,
    bodyRateBytesLeast: 500,
    writeIdleMs: 60 * second,
    keepaliveMs: 75 * second,
    requestsPerConnectionMax: 10_000,
    exchangeMs: 60 * second,
  });
  assert.partialDeepStrictEqual(upstream, {
    connectMs: 5 * second,
    responseHeadersMs: 30 * second,
    idleMs: 60 * second,
  });
});

const line = 'GET / HTTP/1.1\r\nHost: a\r\n';
const get = `${line}\r\n`;
const hostBytes = 'Host: a\r\n'.length;
const header = (bytes: number): string => `X: ${'x'.repeat(bytes - 5)}\r\n`; // so many with its line end
const post = (framing: string): string => `POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`;
const bodyBytes = 10 * KiB * KiB;
const target = (bytes: number): string => `/${'x'.repeat(bytes - 'GET / '.length)}`; // with the method and the blanks

/** [bound, bytes at the bound, bytes over it, the answer, what the line says] */
const edges = [
  [
    'the request line',
    `GET ${target(8 * KiB)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET ${target(8 * KiB + 1)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    414,
    'long-target',
  ],
  ['one header', `${line}${header(16 * KiB)}\r\n`, `${line}${header(16 * KiB + 1)}\r\n`, 431, 'long-header'],
  [
    'all headers',
    `${line}${header(16 * KiB)}${header(16 * KiB - hostBytes)}\r\n`,
    `${line}${header(16 * KiB)}${header(16 * KiB - hostBytes + 1)}\r\n`,
    431,
    'many-header-bytes',
  ],
  [
    'the count of headers',
    `${line}${'X: 1\r\n'.repeat(99)}\r\n`,
    `${line}${'X: 1\r\n'.repeat(100)}\r\n`,
    431,
    'many-headers',
  ],
  [
    'a declared body',
    post(`Content-Length: ${bodyBytes}`) + 'x'.repeat(bodyBytes),
    post(`Content-Length: ${bodyBytes + 1}`),
    413,
    `${bodyBytes + 1} bytes declared`,
  ],
  [
    'a chunked body',
    `${post('Transfer-Encoding: chunked')}${bodyBytes.toString(16)}\r\n${'x'.repeat(bodyBytes)}\r\n0\r\n\r\n`,
    `${post('Transfer-Encoding: chunked')}${(bodyBytes + 1).toString(16)}\r\n${'x'.repeat(bodyBytes + 1)}`,
    413,
    `over ${bodyBytes} bytes`,
  ],
] as const;

test('sizes: exactly the bound is accepted, one byte or line more is not', async () => {
  await using good = await startGood();
  await using proxy = await startAttacked(good);
  for (const [what, within, over, status] of edges) {
    for (const [bytes, wanted] of [
      [within, 200],
      [over, status],
    ] as const) {
      const answer = await proxy.request(bytes, { until: (text) => text.includes('\r\n\r\n') });
      assert.equal(statusOf(answer), wanted, `${what}, ${bytes.length} bytes`);
    }
  }
  const lines = await expectBooks(proxy, 2 * edges.length);
  assert.deepEqual(
    lines.map(({ error }) => error),
    edges.flatMap(([, , , , error]) => [undefined, error]),
  );
});

effect(['limits.max-header-bytes', 'limits.max-header-count'], async () => {
  await using proxy = await startProxy(`listeners {
  listener "usual" { address "127.0.0.1:0" }
  listener "own" { address "127.0.0.1:0"; limits { max-header-bytes "2KiB"; max-header-count 20 } }
}
limits { max-header-bytes "1KiB"; max-header-count 10 }
routes { route "r" { builtin-handler "echo" } }`);
  const statuses = async (proxy_: RunningProxy, index: number) => [
    statusOf(await proxy_.request(`${line}${header(1024 - hostBytes)}\r\n`, { index })),
    statusOf(await proxy_.request(`${line}${header(1025 - hostBytes)}\r\n`, { index })),
    statusOf(await proxy_.request(`${line}${'X: 1\r\n'.repeat(9)}\r\n`, { index })),
    statusOf(await proxy_.request(`${line}${'X: 1\r\n'.repeat(10)}\r\n`, { index })),
  ];
  assert.deepEqual(await statuses(proxy, 0), [200, 431, 200, 431]);
  assert.deepEqual(await statuses(proxy, 1), [200, 200, 200, 200], 'a listener has its own');
});

/** Sends a body in pieces until it is whole or refused. */
async function trickle(proxy: RunningProxy, pieces: number, piece: string, everyMs: number): Promise<number> {
  await using client = await RawClient.open(proxy.port());
  client.send(post(`Content-Length: ${pieces * piece.length}`));
  for (let sent = 0; sent < pieces && client.received === ''; sent += 1) {
    client.send(piece);
    await sleep(everyMs);
  }
  return statusOf(await client.sees('\r\n\r\n'));
}

effect('listeners.listener.limits.min-body-rate', async () => {
  await using good = await startGood();
  const idle = 'timeouts { body-idle-ms 500 }';
  await using usual = await startAttacked(good, { listener: idle });
  await using patient = await startAttacked(good, { listener: `${idle}; limits { min-body-rate 0 }` });
  await using strict = await startAttacked(good, { listener: `${idle}; limits { min-body-rate "1MiB" }` });
  const statuses = await Promise.all([
    trickle(usual, 40, 'x', 40), // 25 bytes a second
    trickle(patient, 40, 'x', 40), // the same, where none is asked for
    trickle(usual, 30, 'x'.repeat(1000), 40), // 25 KB a second for longer than the window
    trickle(strict, 30, 'x'.repeat(1000), 40), // the same, where 1 MiB is asked for
    trickle(usual, 10, 'x', 5), // a small body
  ]);
  assert.deepEqual(statuses, [408, 200, 200, 408, 200]);
  assert.deepEqual(outcomes(await expectBooks(usual, 3)), { 200: 2, '408 body-timeout': 1 });
});

test('a target that is slow to take a body is not counted against the client', async () => {
  await using good = await startGood();
  await using upstream = await Upstream.start();
  await using proxy = await startAttacked(good, {
    listener: 'timeouts { body-idle-ms 200 }',
    targets: [upstream.address],
    route: 'policies { max-body-size "1GiB" }',
  });
  await using client = await RawClient.open(proxy.port());
  const length = 40_000_000; // more than the system takes on the way
  client.send(post(`Content-Length: ${length}`));
  await until(
    () => upstream.connections.length === 1,
    () => 'no connection',
  );
  const socket = upstream.connections[0]?.socket;
  socket?.removeAllListeners('data').pause();
  client.send(Buffer.alloc(length));
  await sleep(1000); // five windows in which nothing can come
  assert.equal(client.received, '');
  let taken = 0;
  socket?.on('data', (bytes: Buffer) => {
    taken += bytes.length;
  });
  socket?.resume();
  await until(
    () => taken >= length,
    () => `${taken} bytes arrive`,
  );
  socket?.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  assert.equal(statusOf(await client.sees('\r\n\r\n')), 200);
});

effect('listeners.listener.timeouts.write-idle-secs', async () => {
  await using good = await startGood();
  const length = 16_000_000;
  await using upstream = await Upstream.start(
    answerHeads(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(length)}`),
  );
  await using proxy = await startAttacked(good, {
    listener: 'timeouts { write-idle-ms 300 }',
    targets: [upstream.address],
  });
  await using stopped = await RawClient.open(proxy.port());
  stopped.socket.pause();
  stopped.send(get);
  await proxy.lines(1);
  await using slow = await RawClient.open(proxy.port());
  slow.send(get);
  while (slow.received.length < length) {
    await sleep(10); // with every pause it takes what has come, so it gets on
    slow.socket.resume();
    await sleep(1);
    slow.socket.pause();
  }
  assert.deepEqual(outcomes(await expectBooks(proxy, 2)), { '200 write-timeout': 1, 200: 1 });
});
