// What each key about tunnels does to a running proxy.

import assert from 'node:assert/strict';
import { Upstream } from '../fixtures/upstream.ts';
import { effect } from '../support/effect.ts';
import { RawClient, type RunningProxy, startProxy, statusOf, until } from '../support/proxy.ts';
import { frame, framesIn, handshake, opcodes, switched } from '../support/websocket.ts';

const asksTcp = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';
const toTcp = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';

/** It switches to whatever it is asked for, and over WebSocket answers each piece that comes with a frame. */
const switching = () =>
  Upstream.start(({ bytes }) => {
    const isWebSocket = /^upgrade: websocket/im.test(bytes);
    if (!bytes.endsWith('\r\n\r\n')) return isWebSocket ? frame(opcodes.text, 'heard') : undefined;
    if (isWebSocket) return switched();
    return /^upgrade: tcp/im.test(bytes) ? toTcp : 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
  });

const config = (upstream: Upstream, route: string, more = ''): string =>
  `schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "site" { upstream "u"; ${route} } }\nupstreams { upstream "u" { target "${upstream.address}" } }\n${more}`;

async function opened(proxy: RunningProxy, request: string): Promise<RawClient> {
  const client = await RawClient.open(proxy.port());
  client.send(request);
  await client.sees(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n/);
  client.received = '';
  return client;
}

effect(['routes.route.websocket', 'routes.route.upgrade'], async () => {
  await using upstream = await switching();
  const statuses: number[] = [];
  for (const route of ['', 'websocket #true', 'upgrade "tcp"', 'websocket #true; upgrade "tcp"'])
    for (const request of [handshake(), asksTcp]) {
      await using proxy = await startProxy(config(upstream, route));
      statuses.push(statusOf(await proxy.request(request)));
    }
  assert.deepEqual(statuses, [200, 200, 101, 200, 200, 101, 101, 101]);
});

effect('routes.route.tunnel.idle-timeout-secs', async () => {
  await using upstream = await switching();
  const route = 'websocket #true; upgrade "tcp"; tunnel { idle-timeout-ms 300 }';
  await using proxy = await startProxy(config(upstream, route));
  await using client = await opened(proxy, handshake());
  assert.deepEqual(await closeOf(client), 1001);
  await using other = await opened(proxy, asksTcp);
  await until(
    () => other.wasReset,
    () => 'another protocol cannot be told, so it is cut',
  );
  assert.deepEqual(
    (await proxy.lines(2)).map(({ status, error }) => [status, error]),
    [
      [101, 'tunnel-idle'],
      [101, 'tunnel-idle'],
    ],
  );
});

effect('routes.route.tunnel.max-lifetime-secs', async () => {
  await using upstream = await switching();
  await using proxy = await startProxy(
    config(upstream, 'websocket #true; policies { timeout-ms 100 }; tunnel { max-lifetime-ms 600 }'),
  );
  await using client = await opened(proxy, handshake());
  const busy = setInterval(() => client.send(frame(opcodes.text, '', { mask: Buffer.alloc(4) })), 20);
  try {
    assert.equal(await closeOf(client), 1001);
  } finally {
    clearInterval(busy);
  }
  const [line] = await proxy.lines(1);
  assert.deepEqual([line?.status, line?.error], [101, 'tunnel-lifetime'], 'and the time of the exchange does not hold');
});

/** The code of the Close that ends what the client received. */
async function closeOf(client: RawClient): Promise<number | undefined> {
  const received = await client.ends();
  const last = framesIn(Buffer.from(received, 'latin1')).frames.at(-1);
  return last?.opcode === opcodes.close ? last.payload.readUInt16BE() : undefined;
}

effect('limits.max-tunnels', async () => {
  await using upstream = await switching();
  await using proxy = await startProxy(
    config(upstream, 'websocket #true', 'limits { max-tunnels 1; max-in-flight-requests 1 }'),
  );
  const client = await opened(proxy, handshake());
  assert.equal(statusOf(await proxy.request(handshake())), 503);
  assert.equal((await proxy.lines(1))[0]?.refusal, 'too-many-tunnels');
  assert.equal(statusOf(await proxy.request('GET / HTTP/1.1\r\nHost: a\r\n\r\n')), 200, 'a tunnel is not in flight');
  await client[Symbol.asyncDispose]();
  await until(
    async () => statusOf(await proxy.request(handshake(), { until: (text) => text !== '' })) === 101,
    () => 'a place that was left is not given again',
  );
});
