// The PROXY header on real connections: whom it names is the client, of whoever may name one; everybody else is closed or
// answered as malformed; and a connection that waits for one is bounded like any other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestsIn, Upstream } from '../fixtures/upstream.ts';
import { headerOf, statusOf, until } from '../support/proxy.ts';
import { TestWorker } from '../support/worker.ts';
import { checksumTlv, proxyV2, v4Block } from './http1/proxy-headers.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const line = (ip: string): string => `PROXY TCP4 ${ip} 192.0.2.1 4711 8443\r\n`;
const binary = (ip: string): string => checksumTlv(0x21, 0x11, v4Block(ip, '192.0.2.1', 4711, 8443)).toString('latin1');
const local = proxyV2(0x20, 0, Buffer.alloc(0)).toString('latin1');
const trusting = 'trusted-proxies "127.0.0.1"; ';

const start = (upstream: Upstream, listener: string, more = ''): Promise<TestWorker> =>
  TestWorker.forwarding(upstream, { listener, more });

test('whom the header names is the client, in both versions and in any pieces', async () => {
  await using upstream = await Upstream.start();
  await using worker = await start(upstream, `${trusting}proxy-protocol "require"`);
  for (const header of [line('203.0.113.9'), binary('203.0.113.9')]) {
    for (const pieces of [
      [header + get + get],
      [header, get + get],
      [...header, ...get, get],
      [header.slice(0, 9), header.slice(9) + get.slice(0, 5), get.slice(5) + get],
    ]) {
      await using client = await worker.open();
      for (const piece of pieces) {
        client.send(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await client.sees(/(200 OK[\s\S]*){2}/);
    }
  }
  const lines = await worker.lines(16);
  assert(lines.every(({ client_ip }) => client_ip === '203.0.113.9'));
  for (const { head } of requestsIn(upstream.bytes)) {
    assert.equal(headerOf(head, 'X-Forwarded-For'), '203.0.113.9');
    assert.equal(headerOf(head, 'X-Forwarded-Port'), '8443');
  }
});

test('what the named client says is believed only if it is a trusted proxy itself', async () => {
  await using upstream = await Upstream.start();
  await using worker = await start(upstream, 'trusted-proxies "127.0.0.1" "10.0.0.0/8"; proxy-protocol "accept"');
  const says = 'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n';
  for (const header of [line('203.0.113.9'), line('10.0.0.2'), 'PROXY UNKNOWN\r\n', local, ''])
    await worker.request(header + says);
  assert.deepEqual(
    (await worker.lines(5)).map(({ client_ip }) => client_ip),
    ['203.0.113.9', '198.51.100.1', '127.0.0.1', '198.51.100.1', '198.51.100.1'],
  );
  assert.deepEqual(
    requestsIn(upstream.bytes).map(({ head }) => headerOf(head, 'X-Forwarded-For')),
    ['203.0.113.9', '198.51.100.1, 10.0.0.2', '127.0.0.1', '198.51.100.1, 127.0.0.1', '198.51.100.1, 127.0.0.1'],
  );
});

test('a missing or broken header closes the connection, is counted, and told once a second', async () => {
  await using upstream = await Upstream.start();
  await using worker = await start(upstream, `${trusting}proxy-protocol "require"`);
  const broken = [
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'PROXY TCP4 1.2.3.4\r\n',
    `${line('203.0.113.9').slice(0, -2)}\n${get}`,
    proxyV2(0x22, 0, Buffer.alloc(0)).toString('latin1'),
  ];
  for (const bytes of broken) {
    await using client = await worker.open();
    client.send(bytes);
    assert.equal(await client.ends(), '');
  }
  assert.equal(upstream.bytes, '');
  assert.equal(worker.worker.metrics.listener('http').refused.get('proxy-header'), broken.length);
  const told = worker.logged.filter((one) => one.includes('proxy-header-refused'));
  assert(told.length >= 1 && told.length < broken.length, told.join());
  assert.match(told[0] ?? '', /"listener":"http","peer":"127\.0\.0\.1","fault":"no-proxy-header"/);
});

test('from anybody else a header is a malformed request, whatever the listener wants', async () => {
  await using upstream = await Upstream.start();
  for (const listener of [
    '',
    'trusted-proxies "192.0.2.1"; proxy-protocol "accept"',
    'trusted-proxies "192.0.2.1"; proxy-protocol "require"',
    'trusted-proxies "127.0.0.1"',
  ]) {
    await using worker = await start(upstream, listener);
    for (const header of [line('203.0.113.9'), binary('203.0.113.9')])
      assert.equal(statusOf(await worker.request(header + get)), 400, listener);
    assert((await worker.lines(2)).every(({ client_ip }) => client_ip === '127.0.0.1'));
  }
  assert.equal(upstream.bytes, '');
});

test('who is not trusted is served without a header where one is optional, and closed where it is required', async () => {
  await using upstream = await Upstream.start();
  await using accepting = await start(upstream, 'trusted-proxies "192.0.2.1"; proxy-protocol "accept"');
  assert.equal(statusOf(await accepting.request(get)), 200);
  await using requiring = await start(upstream, 'trusted-proxies "192.0.2.1"; proxy-protocol "require"');
  assert.equal(await requiring.request(get), '');
});

test('a request that begins like a header is served where the header is optional', async () => {
  await using upstream = await Upstream.start();
  await using worker = await start(upstream, `${trusting}proxy-protocol "accept"`);
  for (const bytes of ['PUT / HTTP/1.1\r\nHost: a\r\n\r\n', 'PROXI / HTTP/1.1\r\nHost: a\r\n\r\n', `\r\n${get}`]) {
    await using client = await worker.open();
    for (const byte of bytes) {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.sees('200 OK');
  }
});

test('who waits is bounded: a deadline, a place among the connections, and draining', async () => {
  await using upstream = await Upstream.start();
  await using worker = await start(
    upstream,
    `${trusting}proxy-protocol "require"; timeouts { header-ms 150 }; limits { max-connections 1 }`,
  );
  await using waiting = await worker.open();
  waiting.send('PROXY TCP4 203');
  await until(
    () => worker.worker.connectionsOpen === 1,
    () => 'not accepted',
  );
  await using second = await worker.open();
  assert.equal(await second.ends(), '', 'there is one place');
  assert.equal(await waiting.ends(), '', 'after the deadline');
  await until(
    () => worker.worker.connectionsOpen === 0,
    () => 'the place is not given back',
  );
  await using third = await worker.open();
  third.send(line('203.0.113.9').slice(0, 5));
  await until(
    () => worker.worker.connectionsOpen === 1,
    () => 'not accepted',
  );
  await worker.listeners.drain(10_000);
  assert.equal(await third.ends(), '');
});

test('a client that leaves, or ends its side, before the header is whole leaves nothing behind', async () => {
  await using upstream = await Upstream.start();
  await using worker = await start(upstream, `${trusting}proxy-protocol "require"`);
  assert.equal(await worker.request('PROXY TCP4 203'), '');
  await using client = await worker.open();
  client.send('PROXY');
  client.socket.resetAndDestroy();
  await until(
    () => worker.worker.connectionsOpen === 0,
    () => 'a connection is left',
  );
  assert.equal(worker.worker.connectionsByClient.size, 0);
});

test('a header, a request and the end of the client in one piece: the reply comes', async () => {
  await using upstream = await Upstream.start();
  await using worker = await start(upstream, `${trusting}proxy-protocol "require"`);
  assert.equal(statusOf(await worker.request(line('203.0.113.9') + get)), 200);
});

test('connections are counted for the client that is named, not for the proxy', async () => {
  await using upstream = await Upstream.start();
  await using worker = await start(
    upstream,
    `${trusting}proxy-protocol "require"`,
    'limits { max-connections-per-client 1 }',
  );
  const connect = async (ip: string) => {
    const client = await worker.open();
    client.send(line(ip) + get);
    return client;
  };
  await using one = await connect('203.0.113.1');
  await one.sees('200 OK');
  await using other = await connect('203.0.113.2');
  await other.sees('200 OK');
  await using again = await connect('203.0.113.1');
  assert.equal(await again.ends(), '');
  assert.equal(worker.worker.metrics.listener('http').refused.get('client-full'), 1);
  await one[Symbol.asyncDispose]();
  await until(
    () => worker.worker.connectionsByClient.size === 1,
    () => 'the place is not given back',
  );
  await using later = await connect('203.0.113.1');
  await later.sees('200 OK');
});

test('strangers who wait where a header is required are counted as clients from the start', async () => {
  await using upstream = await Upstream.start();
  const listener = 'trusted-proxies "192.0.2.1"; proxy-protocol "require"';
  await using worker = await start(upstream, listener, 'limits { max-connections-per-client 1 }');
  await using silent = await worker.open();
  await until(
    () => worker.worker.connectionsOpen === 1,
    () => 'not accepted',
  );
  await using another = await worker.open();
  assert.equal(await another.ends(), '');
  assert.equal(worker.worker.metrics.listener('http').refused.get('client-full'), 1);
  silent.send(line('203.0.113.9') + get);
  assert.equal(statusOf(await silent.ends()), 400, 'it still has its place');
  await until(
    () => worker.worker.connectionsByClient.size === 0,
    () => 'the place is not given back',
  );
});
