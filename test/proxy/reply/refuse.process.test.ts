// Refusing: what the client reads, whether its connection goes on, and that a reply under way is cut instead.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upstream } from '../../fixtures/upstream.ts';
import { bodyOf, headerOf } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

const kdl =
  'schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "a" { matches { path "/a" }; builtin-handler "health" } }';

test('after a refusal that leaves everybody in step the connection goes on', async () => {
  await using worker = await TestWorker.start(kdl);
  const answer = await worker.request(
    'POST /z HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /a HTTP/1.1\r\nHost: a\r\n\r\n',
  );
  assert.match(answer, /^HTTP\/1\.1 404 Not Found\r\n[\s\S]*HTTP\/1\.1 200 OK[\s\S]*ok\n$/);
  assert.match(bodyOf(answer), /^404 Not Found\nThere is nothing at this address\.\nRequest [0-9a-f]{32}\n/);
  const head = await worker.request('HEAD /z HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n');
  assert.equal(bodyOf(head), '');
  assert(Number(headerOf(head, 'Content-Length')) > 0);
});

test('a body that has not come ends the connection, gently', async () => {
  await using worker = await TestWorker.start(kdl);
  await using client = await worker.open();
  client.send('POST /z HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n');
  assert.match(await client.ends(), /^HTTP\/1\.1 404 [\s\S]*Connection: close\r\n/);
  client.send('x'.repeat(300_000)); // what was under way does not tear up the reply
  client.socket.end();
  assert.equal(client.wasReset, false);
});

test('a reply under way is cut, and the line says why', async () => {
  await using upstream = await Upstream.start(() => 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun');
  await using worker = await TestWorker.forwarding(upstream, { inUpstream: 'timeouts { idle-ms 200 }' });
  await using client = await worker.open();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.match(await client.ends(), /begun$/);
  const [line] = await worker.lines(1);
  assert.deepEqual([line?.status, line?.refusal], [200, 'upstream-timeout']);
});
