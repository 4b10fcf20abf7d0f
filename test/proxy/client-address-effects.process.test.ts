// What the keys about trusted proxies do to a running proxy, each beside a proxy without it.

import assert from 'node:assert/strict';
import { requestsIn, Upstream } from '../fixtures/upstream.ts';
import { effect } from '../support/effect.ts';
import { headerOf, startProxy, statusOf } from '../support/proxy.ts';

const config = (upstream: Upstream, listener: string, route = ''): string =>
  `schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0"; ${listener} } }\nroutes { route "site" { upstream "u"; ${route} } }\nupstreams { upstream "u" { target "${upstream.address}" } }`;

const get = (lines = ''): string => `GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;

/** What the upstream saw of a request with these lines, and the address in the access line. */
async function seenBehind(
  upstream: Upstream,
  listener: string,
  bytes: string,
  route = '',
): Promise<readonly [head: string, clientIp: string | undefined, status: number]> {
  const before = requestsIn(upstream.bytes).length;
  await using proxy = await startProxy(config(upstream, listener, route));
  const status = statusOf(await proxy.request(bytes));
  const lines = Number.isNaN(status) ? [] : await proxy.lines(1);
  return [requestsIn(upstream.bytes)[before]?.head ?? '', lines[0]?.client_ip, status];
}

effect('listeners.listener.trusted-proxies', async () => {
  await using upstream = await Upstream.start();
  const request = get('X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Request-Id: edge-0001\r\n');
  const [head, clientIp] = await seenBehind(upstream, 'trusted-proxies "127.0.0.0/8"', request);
  assert.deepEqual(
    ['X-Forwarded-For', 'X-Real-IP', 'X-Forwarded-Proto', 'X-Request-Id'].map((name) => headerOf(head, name)),
    ['203.0.113.9, 127.0.0.1', '203.0.113.9', 'https', 'edge-0001'],
  );
  assert.equal(clientIp, '203.0.113.9');
  const [without, itself] = await seenBehind(upstream, '', request);
  assert.deepEqual(
    [headerOf(without, 'X-Forwarded-For'), headerOf(without, 'X-Forwarded-Proto'), itself],
    ['127.0.0.1', 'http', '127.0.0.1'],
  );
});

effect('listeners.listener.proxy-protocol', async () => {
  await using upstream = await Upstream.start();
  const header = 'PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n';
  const results = await Promise.all(
    ['off', 'accept', 'require'].flatMap((word) =>
      [header + get(), get()].map(async (bytes) => {
        const [, clientIp, status] = await seenBehind(
          upstream,
          `trusted-proxies "127.0.0.1"; proxy-protocol "${word}"`,
          bytes,
        );
        return `${word} ${status} ${clientIp}`;
      }),
    ),
  );
  assert.deepEqual(results, [
    'off 400 127.0.0.1',
    'off 200 127.0.0.1',
    'accept 200 203.0.113.9',
    'accept 200 127.0.0.1',
    'require 200 203.0.113.9',
    'require NaN undefined',
  ]);
});

effect('listeners.listener.trace-context', async () => {
  await using upstream = await Upstream.start();
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';
  const request = get(`traceparent: 00-${id}-00f067aa0ba902b7-01\r\n`);
  const continues = async (listener: string) => {
    const [head] = await seenBehind(upstream, listener, request);
    const trace = headerOf(head, 'traceparent');
    assert.match(trace ?? '', /^00-[\da-f]{32}-[\da-f]{16}-01$/);
    return trace?.includes(id);
  };
  const trusting = 'trusted-proxies "127.0.0.1"; ';
  assert.equal(await continues(''), false, 'a stranger');
  assert.equal(await continues(trusting), true, 'a trusted proxy');
  assert.equal(await continues('trace-context "continue"'), true, 'anybody');
  assert.equal(await continues(`${trusting}trace-context "restart"`), false, 'nobody');
});

effect('routes.route.policies.forwarded', async () => {
  await using upstream = await Upstream.start();
  const request = get('Forwarded: for=198.51.100.66\r\n');
  const [without] = await seenBehind(upstream, '', request);
  assert.equal(headerOf(without, 'Forwarded'), undefined);
  const [asked] = await seenBehind(upstream, '', request, 'policies { forwarded true }');
  assert.equal(headerOf(asked, 'Forwarded'), 'for=127.0.0.1;proto=http;host="a"');
});
