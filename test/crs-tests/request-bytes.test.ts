// What go-ftw sends for a test, byte for byte.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Input } from '../../crs-tests/case.ts';
import { requestBytes } from '../../crs-tests/request-bytes.ts';

const plain: Input = {
  destination: '127.0.0.1',
  port: 80,
  protocol: 'http',
  method: 'GET',
  uri: '/',
  version: 'HTTP/1.1',
  headers: [],
  data: undefined,
  autocompletes: true,
  encodedRequest: undefined,
  isVirtualHost: false,
  takesTargetAsHost: false,
};
const bytesOf = (changes: Partial<Input>) => requestBytes({ ...plain, ...changes });

test('headers are sorted, and what is missing is added among them', () => {
  assert.equal(
    bytesOf({
      headers: [
        ['User-Agent', 'a'],
        ['Accept', '*/*'],
      ],
      method: 'POST',
      uri: '/post',
      data: 'a=1&b=2',
    }),
    'POST /post HTTP/1.1\r\nAccept: */*\r\nConnection: close\r\nContent-Length: 7\r\n' +
      'Content-Type: application/x-www-form-urlencoded\r\nUser-Agent: a\r\n\r\na=1&b=2',
  );
});

test('what is there is not added again, in whatever case it is written', () => {
  const text = bytesOf({
    headers: [
      ['connection', 'keep-alive'],
      ['content-length', '3'],
    ],
    data: 'a=1',
  });
  assert.equal(text.match(/connection/gi)?.length, 1);
  assert.equal(text.match(/content-length/gi)?.length, 1);
});

test('a method that takes a body gets a length without one, by the quirk of the original pattern', () => {
  assert.match(bytesOf({ method: 'POST' }), /Content-Length: 0\r\n/);
  assert.match(bytesOf({ method: 'XPUTX' }), /Content-Length: 0\r\n/);
  assert.doesNotMatch(bytesOf({ method: 'GET' }), /Content-Length/);
});

test('a form is escaped where it was not, and left alone where unescaping changes it', () => {
  const bodyOf = (data: string) => bytesOf({ data }).split('\r\n\r\n')[1];
  assert.equal(bodyOf('a=<b> c&d'), 'a=%3Cb%3E+c&d');
  assert.equal(bodyOf('a=%3Cb%3E'), 'a=%3Cb%3E');
  assert.equal(bodyOf('a=x+y<'), 'a=x+y<');
  assert.equal(bodyOf('a=100%&b=<'), 'a=100%&b=<');
  assert.equal(bodyOf('a=\xc3\xa9'), 'a=%C3%A9');
});

test('data of another type is sent as it is; the lines of multipart end as multipart lines do', () => {
  const withType = (type: string, data: string) =>
    bytesOf({ headers: [['Content-Type', type]], data })
      .split('\r\n\r\n')
      .slice(1)
      .join('\r\n\r\n');
  assert.equal(withType('application/json', '{"a": "<"}'), '{"a": "<"}');
  assert.equal(
    withType('multipart/form-data; boundary=x', '--x\nA: b\n\nc\n--x--\n'),
    '--x\r\nA: b\r\n\r\nc\r\n--x--\r\n',
  );
});

test('without completion nothing is added and nothing is escaped', () => {
  assert.equal(bytesOf({ autocompletes: false, method: 'POST', data: 'a=<' }), 'POST / HTTP/1.1\r\n\r\na=<');
});

test('an encoded request is sent as it is', () => {
  assert.equal(bytesOf({ encodedRequest: Buffer.from('GET /\xff', 'latin1').toString('base64') }), 'GET /\xff');
});
