// What the strict front lets through to the rules, and what it refuses as RFC 9112 lets it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequest } from '../../crs-tests/front.ts';

const withHost = (line: string, headers = '', body = '') => readRequest(`${line}\r\nHost: a\r\n${headers}\r\n${body}`);

test('a request is read with its line, headers and as much body as it announces', () => {
  const read = withHost('POST /a?b=c HTTP/1.1', 'Content-Length: 3\r\nX:  y \r\n', 'abcdef');
  assert(read.kind === 'request');
  assert.deepEqual([read.method, read.target, read.protocol, read.body], ['POST', '/a?b=c', 'HTTP/1.1', 'abc']);
  assert.deepEqual(read.headers.at(-1), ['X', 'y']);
});

test('chunks are put together, and a length beside them is no header any more', () => {
  const read = withHost(
    'POST / HTTP/1.1',
    'Content-Length: 7\r\nTransfer-Encoding: chunked\r\n',
    '7\r\nfoo=bar\r\n0\r\n\r\n',
  );
  assert(read.kind === 'request');
  assert.equal(read.body, 'foo=bar');
  assert(!read.headers.some(([name]) => name === 'Content-Length'));
});

const refused = [
  ['\tGET / HTTP/1.1', 'a method that is no token'],
  ['GET \\ HTTP/1.1', 'a target that begins with a backslash'],
  ['GET /#x HTTP/1.1', 'a fragment'],
  ['GET /a b HTTP/1.1', 'a blank in the target'],
  ['GET / HTTP/0.9', 'a version before 1'],
  ['GET / JUNK/1.0', 'another protocol'],
  ['CONNECT a HTTP/1.1', 'a CONNECT without a port'],
] as const;
for (const [line, what] of refused) {
  test(`${what} is refused: ${JSON.stringify(line)}`, () => {
    const read = withHost(line);
    assert.deepEqual([read.kind, 'status' in read && read.status], ['refusal', 400]);
  });
}

test('headers are refused that are none, or would be two', () => {
  for (const header of [
    'X: a\rY: b\r\n',
    'no colon\r\n',
    'Content-Length: 1x\r\n',
    'Host: b\r\n',
    'A B: c\r\n',
    'Transfer-Encoding: gzip\r\n',
  ])
    assert.equal(withHost('GET / HTTP/1.1', header).kind, 'refusal', header);
});

test('a Host has the form of a host; HTTP/1.0 may do without', () => {
  assert.equal(readRequest('GET / HTTP/1.1\r\n\r\n').kind, 'refusal');
  assert.equal(readRequest('GET / HTTP/1.1\r\nHost: a%00\r\n\r\n').kind, 'refusal');
  assert.equal(readRequest('GET / HTTP/1.0\r\n\r\n').kind, 'request');
  assert.equal(readRequest('GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n').kind, 'request');
});

test('a line of two words is answered in a way that no client reads', () => {
  const read = withHost('GET / ');
  assert(read.kind === 'refusal' && read.status === undefined);
});
