// The three ways to name a request come to the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedRequest, requestFromBytes } from '../../../../agents/waf/explain/asked.ts';

const words = (...all: string[]) => askedRequest({ kind: 'words', words: all });
const raw = (text: string) => askedRequest({ kind: 'raw', base64: Buffer.from(text, 'latin1').toString('base64') });

test('an address, a method and an address, a command, the bytes', () => {
  const expected = words('http://h/a?b=1');
  assert('headers' in expected);
  assert.deepEqual([expected.method, expected.target, expected.headers[0]], ['GET', '/a?b=1', ['Host', 'h']]);
  assert.deepEqual(words('GET http://h/a?b=1'), expected);
  assert.deepEqual(words('get', 'http://h/a?b=1'), expected);
  assert.deepEqual(words('curl http://h/a?b=1'), expected);
  assert.deepEqual(words('curl', 'http://h/a?b=1'), expected);
  assert.deepEqual(raw('GET /a?b=1 HTTP/1.1\r\nHost: h\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n'), expected);
});

test('a request in a file: either end of lines, a body of any bytes, a line without its version', () => {
  const { body, ...head } = requestFromBytes('POST /a b HTTP/1.0\nA: 1 \nB:\n\n\xff\n\n') as Record<string, unknown>;
  assert.deepEqual(head, {
    method: 'POST',
    target: '/a b',
    protocol: 'HTTP/1.0',
    headers: [
      ['A', '1'],
      ['B', ''],
    ],
  });
  assert.equal(body, '\xff\n\n');
  assert.deepEqual(requestFromBytes('GET /\n'), {
    method: 'GET',
    target: '/',
    protocol: 'HTTP/1.1',
    headers: [],
    body: undefined,
  });
});

test('what is no request is said', () => {
  for (const text of ['', 'hello', 'GET / HTTP/1.1\nno header']) assert('problem' in requestFromBytes(text), text);
  assert.match(JSON.stringify(words('GET', '/', 'more')), /quoted as one word/);
});
