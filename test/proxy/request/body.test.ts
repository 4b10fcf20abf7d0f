// What is said about a body before it comes: too much, or a wish; and permission only where a client waits for it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upstream } from '../../fixtures/upstream.ts';
import { statusOf } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

const post = (length: number, more = '', version = '1.1'): string =>
  `POST / HTTP/${version}\r\nHost: a\r\nContent-Length: ${length}\r\n${more}\r\n`;

test('a body declared too large is refused before a byte of it, without permission to send it', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, { route: 'policies { max-body-size 10 }' });
  await using client = await worker.open();
  client.send(post(11, 'Expect: 100-continue\r\n'));
  assert.equal(statusOf(await client.ends()), 413);
  assert.equal(upstream.connections.length, 0);
});

test('permission is not given where nobody waits: body already there, HTTP/1.0, no body', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream);
  for (const bytes of [
    `${post(2)}ab`,
    `${post(2, 'Expect: 100-continue\r\n', '1.0')}ab`,
    post(0, 'Expect: 100-continue\r\n'),
  ]) {
    assert.equal(statusOf(await worker.request(bytes)), 200, bytes);
  }
});
