// Requests as they arrive at the built-in backend, however they are split.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Question, QuestionReader } from '../../../crs-tests/wire/question-reader.ts';

/** All that can be read, and how it ended. */
function read(bytes: string, pieces: readonly number[] = []): { questions: Question[]; state: string } {
  const reader = new QuestionReader();
  const questions: Question[] = [];
  let at = 0;
  for (const length of [...pieces, bytes.length]) {
    reader.push(bytes.slice(at, at + length));
    at += length;
    for (;;) {
      const reading = reader.next();
      if (reading.kind === 'fault') return { questions, state: 'fault' };
      if (reading.kind === 'more') break;
      questions.push(reading.question);
    }
  }
  return { questions, state: 'more' };
}

const three = [
  'GET /a b?\xff HTTP/1.1\r\nHost: h\r\n\r\n\r\n',
  'POST /reflect HTTP/1.1\r\nContent-Length: 3\r\nConnection: Keep-Alive\r\n\r\n{"}',
  '|x CONNECT:1 HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n2\r\nde\r\n0\r\nT: r\r\n\r\n',
].join('');

test('lenient about everything but where a message ends', () => {
  const { questions, state } = read(three);
  assert.equal(state, 'more');
  assert.deepEqual(
    questions.map(({ method, target, body, keepsConnection }) => [method, target, body, keepsConnection]),
    [
      ['GET', '/a b?\xff', '', true],
      ['POST', '/reflect', '{"}', true],
      ['|x', 'CONNECT:1', 'abcde', false],
    ],
  );
});

test('split anywhere it is read alike', () => {
  const expected = read(three);
  const pieces = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 60 });
  fc.assert(fc.property(pieces, (lengths) => assert.deepEqual(read(three, lengths), expected)));
});

test('what has no end that can be known is a fault', () => {
  const faults = [
    'GET /\r\n\r\n',
    'GET / HTTP/2.0\r\n\r\n',
    'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n',
    `GET / HTTP/1.1\r\nA: ${'a'.repeat(1_100_000)}`,
  ];
  for (const bytes of faults) assert.equal(read(bytes).state, 'fault', bytes.slice(0, 60));
});
