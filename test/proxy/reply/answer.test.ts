// Answers of our own: a whole message, with the route's header rules, for every method.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, headerOf } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

test('one message with date, type, length and what the policy says', async () => {
  const rules = 'policies { response-headers { set { X-A "1"; Content-Type "text/x" }; remove "Date" } }';
  await using worker = await TestWorker.start(
    `schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "a" { matches { path "/a" }; builtin-handler "health"; ${rules} }; route "b" { builtin-handler "health" } }`,
  );
  const plain = await worker.request('GET /b HTTP/1.1\r\nHost: a\r\n\r\n');
  assert(Math.abs(Date.parse(headerOf(plain, 'Date') ?? '') - Date.now()) < 60_000);
  assert.deepEqual(
    [headerOf(plain, 'Content-Type'), headerOf(plain, 'Content-Length'), bodyOf(plain)],
    ['text/plain; charset=utf-8', '3', 'ok\n'],
  );
  const ruled = await worker.request('GET /a HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.deepEqual([headerOf(ruled, 'X-A'), headerOf(ruled, 'Content-Type')], ['1', 'text/x']);
  const head = await worker.request('HEAD /b HTTP/1.0\r\n\r\n');
  assert.deepEqual([headerOf(head, 'Content-Length'), headerOf(head, 'Connection'), bodyOf(head)], ['3', 'close', '']);
  assert.deepEqual(
    (await worker.lines(3)).map(({ bytes_out }) => bytes_out),
    [3, 3, 0],
  );
});
