// The built-in handlers answer once the body is there, and keep the connection in step.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

test('echo says what was understood, after the whole body, however it comes', async () => {
  await using worker = await TestWorker.start(
    'schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "e" { builtin-handler "echo" } }',
  );
  await using client = await worker.open();
  client.send('POST /%61?q=1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(client.received, '');
  client.send('c\r\n0\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n');
  await client.sees('/next');
  const first = JSON.parse(bodyOf(client.received).split('HTTP/1.1')[0] ?? '');
  assert.deepEqual(first, {
    method: 'POST',
    path: '/a',
    query: 'q=1',
    headers: [
      ['Host', 'h'],
      ['Transfer-Encoding', 'chunked'],
    ],
    body_bytes: 3,
  });
});
