// Hosts as routes see them, and what a listener that merges slashes makes of a request.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeHost } from '../../../proxy/request/normalize.ts';
import { requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { TestWorker } from '../../support/worker.ts';

test('hosts in lower case, without port and root dot', () => {
  const rows = [
    ['A.Example', 'a.example'],
    ['a:80', 'a'],
    ['a.', 'a'],
    ['a.:80', 'a'],
    ['[::1]', '[::1]'],
    ['[::1]:80', '[::1]'],
    ['', ''],
  ] as const;
  for (const [given, wanted] of rows) assert.equal(normalizeHost(given), wanted, given);
});

test('merged slashes are merged before dot segments go, and what was matched is what is forwarded', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, { listener: 'merge-slashes #true' });
  for (const target of ['/a//../b', '//a', '/a/../b', '/a?b=//c', '//?b=//c'])
    await worker.request(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const forwarded = requestsIn(upstream.bytes).map(({ head }) => head.split(' ')[1]);
  assert.deepEqual(forwarded, ['/b', '/a', '/a/../b', '/a?b=//c', '/?b=//c']);
});
