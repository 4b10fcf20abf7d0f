// The bodies of refusals: in the form that was asked for, with the id, and nothing of the inside.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorPage } from '../../../proxy/reply/error-page.ts';

test('HTML for browsers, JSON for programs that ask for it, text for the rest', () => {
  const page = (accept: string | undefined) => errorPage(404, 'Nothing here.', 'id-1', accept);
  assert.deepEqual(page(undefined), {
    type: 'text/plain; charset=utf-8',
    body: '404 Not Found\nNothing here.\nRequest id-1\n',
  });
  assert.deepEqual(JSON.parse(page('application/json, */*').body), {
    status: 404,
    error: 'Nothing here.',
    request_id: 'id-1',
  });
  assert.match(
    page('text/html,application/xhtml+xml').body,
    /^<!doctype html>.*<h1>404 Not Found<\/h1><p>Nothing here\.<\/p>.*id-1/,
  );
  assert.equal(page('image/png').type, page(undefined).type);
});
