// The forwarded head where agents and policies change it: our own lines give way, Host stays one, framing stays ours.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mutation } from '../../../proxy/http1/header-edit.ts';
import { requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { TestWorker } from '../../support/worker.ts';

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
  const [seen] = requestsIn(upstream.bytes);
  assert.deepEqual(seen?.head.split('\r\n'), [
    'POST / HTTP/1.1',
    'X-User: forged',
    'X-Forwarded-For: 127.0.0.1',
    'X-Forwarded-Proto: http',
    'X-Forwarded-Host: a',
    'Host: inside.example',
    'X-Real-IP: 203.0.113.9',
    'X-User: u1',
    'Content-Length: 2',
    '',
    '',
  ]);
});
