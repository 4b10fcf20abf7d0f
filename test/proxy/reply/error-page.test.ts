// The bodies of refusals: in the form that was asked for, with the id, and nothing of the inside.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorPages, errorPage } from '../../../proxy/reply/error-page.ts';

test('HTML for browsers, JSON for programs that ask for it, text for the rest', () => {
  const told = { status: 404, sentence: 'Nothing here.', id: 'id-1' };
  const page = (accept: string | undefined) => errorPage(told, accept);
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

test('pages of a route: the very status before its class, placeholders filled and escaped, browsers only', () => {
  const file = (text: string) => ({ path: 'x', text });
  const pages = ErrorPages.of({
    404: file('<p>{status} {request_id} {other}</p>'),
    '4xx': file('class'),
    '5xx': file('$& {status}'),
  });
  const body = (status: number, accept = 'text/html', id = 'a<"&\'>') =>
    errorPage({ status, sentence: 'S.', id }, accept, pages).body;
  assert.equal(body(404), '<p>404 a&#60;&#34;&#38;&#39;&#62; {other}</p>');
  assert.equal(body(413), 'class');
  assert.equal(body(503), '$& 503');
  assert.equal(JSON.parse(body(404, 'application/json', 'i')).request_id, 'i');
  assert.match(body(404, '*/*', 'i'), /^404 Not Found\n/);
  const some = ErrorPages.of({ '5xx': file('x') });
  assert.match(errorPage({ status: 404, sentence: 'S.', id: '<i>' }, 'text/html', some).body, /<h1>404.*&#60;i&#62;/);
  assert.equal(ErrorPages.of({}), undefined);
});
