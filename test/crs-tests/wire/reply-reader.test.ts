// Answers as they arrive, in pieces of every size.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Reading, ReplyReader } from '../../../crs-tests/wire/reply-reader.ts';

function read(bytes: string, method = 'GET', pieces: readonly number[] = []): Reading {
  const reader = new ReplyReader(method);
  let at = 0;
  for (const length of [...pieces, bytes.length]) {
    const reading = reader.push(bytes.slice(at, at + length));
    at += length;
    if (reading.kind !== 'more') return reading;
  }
  return { kind: 'more' };
}

function readToEnd(bytes: string): Reading {
  const reader = new ReplyReader('GET');
  const reading = reader.push(bytes);
  return reading.kind === 'more' ? reader.end() : reading;
}

function told(reading: Reading): string {
  if (reading.kind !== 'reply') return reading.kind === 'fault' ? `fault: ${reading.fault}` : 'more';
  const { status, body, isWhole } = reading.reply;
  return `${status} ${JSON.stringify(body)}${isWhole ? '' : ' cut'}`;
}

const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\n';
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n';
const whole: ReadonlyArray<readonly [bytes: string, told: string, method?: string]> = [
  ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi', '200 "hi"'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', '200 ""'],
  ['HTTP/1.1 204\r\n\r\n', '204 ""'],
  ['HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', '304 ""'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', '200 ""', 'HEAD'],
  [`${interim}HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx`, '200 "x"'],
  ['HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n', '101 ""'],
  [`${chunked}3;a=b\r\nabc\r\n0A\r\n0123456789\r\n0\r\nA: b\r\n\r\n`, '200 "abc0123456789"'],
  ['HTTP/1.1 200 OK\nContent-Length: 1\n\nx', '200 "x"'],
];

test('an answer is understood however it is split', () => {
  for (const [bytes, expected, method] of whole) {
    assert.equal(told(read(bytes, method)), expected, bytes);
    const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 40 });
    fc.assert(
      fc.property(pieces, (lengths) => assert.equal(told(read(bytes, method, lengths)), expected, bytes)),
      { numRuns: 30 },
    );
    for (let length = 0; length < bytes.length; length += 1)
      assert.equal(read(bytes.slice(0, length), method).kind, 'more', bytes.slice(0, length));
  }
});

test('what the end of the connection ends, and what it cuts off', () => {
  assert.equal(told(readToEnd('HTTP/1.0 200 OK\r\n\r\nall of it')), '200 "all of it"');
  assert.equal(told(readToEnd('HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\npart')), '403 "part" cut');
  assert.equal(told(readToEnd(`${chunked}5\r\nab`)), '200 "ab" cut');
  assert.equal(told(readToEnd('')), 'fault: closed without an answer');
  assert.equal(told(readToEnd('HTTP/1.1 200 O')), 'fault: closed within the head');
});

test('what is no answer of HTTP/1', () => {
  const faults: readonly string[] = [
    '<html>400 Bad Request</html>',
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.1 20\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(300 * 1024)}`,
    `${chunked}zz\r\n`,
    `${chunked}1\r\nabc\r\n`,
  ];
  for (const bytes of faults) assert.equal(read(bytes).kind, 'fault', bytes.slice(0, 80));
});

test('of a long body the beginning is kept', () => {
  const reading = read(`HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(200_000)}`);
  assert(reading.kind === 'reply');
  assert.deepEqual([reading.reply.body.length, reading.reply.isWhole], [64 * 1024, true]);
});

test('any bytes are read without an exception', () => {
  const words = [
    'HTTP/1.1 200 OK\r\n',
    'Content-Length: 3\r\n',
    chunked,
    '\r\n',
    '3\r\nabc\r\n',
    '0\r\n\r\n',
    '\xff\x00',
  ];
  const piece = fc.oneof(fc.constantFrom(...words), fc.string());
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (parts) => {
      const reader = new ReplyReader('GET');
      for (const part of parts) if (reader.push(part).kind !== 'more') return;
      assert.notEqual(reader.end().kind, 'more');
    }),
  );
});
