// Requests as bytes: what is refused and for what fault, what is understood, and that splitting never matters.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAuthority } from '../../../proxy/http1/request-head.ts';
import { Random } from '../../fuzz/random.ts';
import { readRequest } from '../../support/http1.ts';
import { malformedRequests } from './malformed.ts';
import { unusualRequests } from './unusual.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

test('every malformed request is refused for its own fault, whole, byte by byte and in random pieces', () => {
  assert(malformedRequests.length >= 400);
  const random = new Random(1);
  for (const [message, fault, why] of malformedRequests) {
    const buffer = bytes(message);
    const wanted = { kind: 'fault', fault };
    assert.deepEqual(readRequest(buffer), wanted, why);
    const inBytes = buffer.length < 2000 ? new Array<number>(buffer.length).fill(1) : [1, 7, 100, 1000];
    assert.deepEqual(readRequest(buffer, inBytes), wanted, `${why}, in pieces`);
    const pieces = random.pieces(buffer.length);
    assert.deepEqual(readRequest(buffer, pieces), wanted, `${why}, in pieces of ${pieces}`);
  }
});

test('every unusual request is understood alike, whole, byte by byte and in random pieces', () => {
  const random = new Random(2);
  for (const [message, , why] of unusualRequests) {
    const buffer = bytes(message);
    const wanted = readRequest(buffer);
    assert.equal(wanted.kind, 'whole', why);
    assert.deepEqual(readRequest(buffer, new Array<number>(buffer.length).fill(1)), wanted, why);
    for (let round = 0; round < 5; round += 1)
      assert.deepEqual(readRequest(buffer, random.pieces(buffer.length)), wanted, why);
  }
});

test('the corpus names every row once', () => {
  assert.equal(new Set(malformedRequests.map(([message]) => message)).size, malformedRequests.length);
});

const wellFormed: readonly (readonly [message: string, why: string])[] = [
  ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'the shortest'],
  ['\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n', 'one empty line before it: 2.2'],
  ['GET / HTTP/1.0\r\n\r\n', 'HTTP/1.0 without Host'],
  ['GET / HTTP/1.9\r\nHost: a\r\n\r\n', 'a higher minor version: RFC 9110 6.2'],
  ['M-SEARCH /a?b=|{}"^`<> HTTP/1.1\r\nHost: a\r\n\r\n', 'what browsers send in queries'],
  ['GET http://a.example/x?y HTTP/1.1\r\nHost: A.example:80\r\n\r\n', 'absolute-form, the host alike'],
  ['GET http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n', 'absolute-form without path'],
  ['OPTIONS * HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n', 'asterisk-form, an address'],
  [
    'GET / HTTP/1.1\r\nHost:a\r\nX:\r\nY: \t a\t \r\nZ: \xe9\r\n\r\n',
    'blanks, empty and obs-text values: RFC 9110 5.5',
  ],
  ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0000000000000005\r\n\r\nhello', 'leading zeros: RFC 9110 8.6'],
  [
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ChUnKeD\r\n\r\n5;a="b c"\r\nhello\r\n000\r\nX: 1\r\n\r\nGET',
    'chunks, an extension, a trailer, and what comes next',
  ],
  [
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Mine ,, keep-alive\r\nConnection: Y\r\n\r\n',
    'connection options in two lines',
  ],
];

test('well-formed requests are understood', () => {
  for (const [message, why] of wellFormed) assert.equal(readRequest(bytes(message)).kind, 'whole', why);
  const said = readRequest(bytes(wellFormed.at(-1)?.[0] ?? ''));
  assert.equal(
    said.kind === 'whole' && said.head,
    '["GET","/",1,"a",false,"nothing",["x-mine","y"],[["Host","a"],["Connection","close, X-Mine ,, keep-alive"],["Connection","Y"]]]',
  );
  const chunked = readRequest(bytes(wellFormed.at(-2)?.[0] ?? ''));
  assert(chunked.kind === 'whole');
  assert.deepEqual([chunked.body, chunked.trailers, chunked.rest], ['hello', 'X: 1\r\n', 'GET']);
});

test('cut anywhere, a well-formed request is unfinished, never refused', () => {
  for (const [message, why] of wellFormed) {
    const [whole, buffer] = [readRequest(bytes(message)), bytes(message)];
    assert(whole.kind === 'whole');
    for (let length = 0; length < buffer.length - whole.rest.length; length += 1) {
      assert.equal(readRequest(buffer.subarray(0, length)).kind, 'unfinished', `${why}, cut at ${length}`);
    }
  }
});

const messages = fc.constantFrom(
  ...malformedRequests.map(([message]) => message),
  ...wellFormed.map(([message]) => message),
  ...unusualRequests.map(([message]) => message),
);
const mutated = fc
  .tuple(
    messages,
    fc.array(
      fc.tuple(
        fc.nat(400),
        fc.constantFrom('', '\r', '\n', '\r\n', ' ', '\t', ':', '\0', '0', 'a', ';', ',', '\x80', '_'),
        fc.nat(2),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([message, edits]) =>
    edits.reduce((text, [at, put, cut]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + put + text.slice(place + cut);
    }, message),
  );

test('split anywhere, the verdict is the same', () => {
  fc.assert(
    fc.property(mutated, fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }), (message, pieces) => {
      assert.deepEqual(readRequest(bytes(message), pieces), readRequest(bytes(message)));
    }),
    { numRuns: 700 },
  );
});

test('authorities', () => {
  for (const good of ['a', 'a.b-c_d', 'a:', 'a:0', 'a:65535', '[::1]', '[::ffff:192.0.2.1]:80', '192.0.2.1', 'a.'])
    assert.equal(isAuthority(bytes(good), 0, good.length), true, good);
  for (const bad of [
    '',
    ':',
    'a:65536',
    '[::1',
    'a%41',
    '[g::]',
    '[1::2::3]',
    '[192.0.2.1]',
    '[::1%eth0]',
    '.',
    'a..b',
    '.a',
  ])
    assert.equal(isAuthority(bytes(bad), 0, bad.length), false, bad);
});
