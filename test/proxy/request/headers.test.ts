// The forwarded head where agents and policies change it: our own lines give way, Host stays one, framing stays ours.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mutation } from '../../../proxy/http1/header-edit.ts';
import { requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { TestWorker } from '../../support/worker.ts';

const anyTrace = /traceparent: 00-[\da-f]{32}-[\da-f]{16}-01/g;

const mutations: readonly Mutation[] = [
  { op: 'set', name: 'Host', value: 'inside.example' },
  { op: 'set', name: 'X-Real-IP', value: '203.0.113.9' },
  { op: 'remove', name: 'Via', value: '' },
  { op: 'add', name: 'X-User', value: 'u1' },
];

test('what agents set replaces what we would have written', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, {
    route: 'policies { request-headers { remove "X-Request-Id" } }',
  });
  worker.mutate(mutations);
  await worker.request('POST / HTTP/1.1\r\nHost: a\r\nX-User: forged\r\nContent-Length: 2\r\n\r\nok');
  const [seen] = requestsIn(upstream.bytes.replace(anyTrace, 'traceparent: …'));
  assert.deepEqual(seen?.head.split('\r\n'), [
    'POST / HTTP/1.1',
    'X-User: forged',
    'X-Forwarded-For: 127.0.0.1',
    'X-Forwarded-Proto: http',
    `X-Forwarded-Port: ${worker.port}`,
    'X-Forwarded-Host: a',
    'traceparent: …',
    'Host: inside.example',
    'X-Real-IP: 203.0.113.9',
    'X-User: u1',
    'Content-Length: 2',
    '',
    '',
  ]);
});

const forwarded = (value: string) => new RegExp(`^Forwarded: ${value.replace(/[[\]]/g, '\\$&')}\r$`, 'm');

test('Forwarded says what the others say, where a route asks for it', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, {
    listener: 'trusted-proxies "127.0.0.1" "10.0.0.0/8"',
    route: 'policies { forwarded true }',
  });
  const send = async (lines: string, minor = 1) => {
    const path = `/${requestsIn(upstream.bytes).length}`;
    await worker.request(`GET ${path} HTTP/1.${minor}\r\n${lines}\r\n`);
    return requestsIn(upstream.bytes).find(({ head }) => head.startsWith(`GET ${path} `))?.head ?? '';
  };
  assert.match(await send('Host: A.example:81\r\n'), forwarded('for=127.0.0.1;proto=http;host="A.example:81"'));
  assert.match(await send('', 0), forwarded('for=127.0.0.1;proto=http'));
  assert.match(
    await send('Host: a\r\nX-Forwarded-For: 2001:db8::1, 10.0.0.2\r\nX-Forwarded-Proto: https\r\n'),
    forwarded('for="[2001:db8::1]";proto=https;host="a", for=10.0.0.2, for=127.0.0.1'),
  );
  assert.equal((await send('Host: a\r\nForwarded: for=192.0.2.1\r\n')).match(/^Forwarded/gim)?.length, 1);
});

test('our lines give way to rules one by one, in every shape of the head', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, {
    listener: 'trusted-proxies "127.0.0.1"',
    route:
      'policies { forwarded true; request-headers { remove "traceparent" "tracestate" "Forwarded" "X-Forwarded-Port" } }',
  });
  const trace = 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\ntracestate: a=1\r\n';
  await worker.request(
    `GET / HTTP/1.1\r\nHost: a\r\n${trace}X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-Host: b\r\n\r\n`,
  );
  const names = upstream.bytes.split('\r\n').map((line) => line.split(':')[0]);
  assert.deepEqual(names.slice(1, -2), [
    'Host',
    'X-Forwarded-For',
    'X-Real-IP',
    'X-Forwarded-Proto',
    'X-Forwarded-Host',
    'X-Request-Id',
    'Via',
  ]);
});
