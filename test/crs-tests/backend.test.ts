// The contract of the backend: everything is 200 and empty, `/reflect` answers what it is asked to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer } from '../../crs-tests/backend.ts';

const reflect = (body: string) => answer({ method: 'POST', path: '/reflect', body });

test('every path answers, without a body', () => {
  assert.deepEqual(answer({ method: 'GET', path: '/any', body: '' }), {
    status: 200,
    headers: [['Content-Length', '0']],
    body: '',
  });
  assert.equal(answer({ method: 'GET', path: '/status/404', body: '' }).status, 404);
});

test('the body asked for is answered, its type sniffed unless it is asked for too', () => {
  const sniffed = reflect('{"body": "<title>Error</title>"}');
  assert.equal(sniffed.body, '<title>Error</title>');
  assert.deepEqual(sniffed.headers[0], ['Content-Type', 'text/html; charset=utf-8']);
  const asked = reflect('{"status": 503, "headers": {"content-type": "a/b"}, "body": "x"}');
  assert.equal(asked.status, 503);
  assert.deepEqual(asked.headers, [
    ['content-type', 'a/b'],
    ['Content-Length', '1'],
  ]);
});

test('an encoded body is bytes', () => {
  assert.equal(reflect(`{"encodedBody": "${Buffer.from([0, 255]).toString('base64')}"}`).body, '\0\xff');
});

test('what cannot be reflected is 400 with the reason', () => {
  assert.deepEqual([reflect('<%- x %>').status, reflect('<%- x %>').body], [400, 'Invalid JSON in request body']);
  assert.equal(reflect('{"status": 600}').status, 400);
});
