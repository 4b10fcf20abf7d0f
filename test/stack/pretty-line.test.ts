// Lines of children, for the eye.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isToldElsewhere, lineWords } from '../../stack/pretty-line.ts';
import { anyCharacter } from '../support/characters.ts';

const plain = { color: false };

function access(changes: Record<string, unknown>): string {
  return JSON.stringify({
    method: 'GET',
    path: '/cart',
    query: 'x=1',
    status: 200,
    duration_ms: 2.345,
    refusal: null,
    ...changes,
  });
}

test('an access line', () => {
  assert.equal(lineWords(access({}), plain), 'GET  /cart?x=1  200  2.3 ms');
  assert.equal(lineWords(access({ query: '', duration_ms: 1234.5 }), plain), 'GET  /cart  200  1235 ms');
  assert.equal(
    lineWords(access({ status: 503, refusal: 'agent-unavailable' }), plain),
    'GET  /cart?x=1  503  2.3 ms  agent-unavailable',
  );
  const agents = [
    { name: 'log', decision: 'allow' },
    { name: 'denylist', decision: 'block' },
  ];
  assert.equal(
    lineWords(access({ status: 403, refusal: 'agent-block', agents }), plain),
    'GET  /cart?x=1  403  2.3 ms  blocked by denylist',
  );
});

test('colour says how it went', () => {
  const colored = (status: number) => lineWords(access({ status }), { color: true });
  assert(colored(204).includes('\x1b[32m204'));
  assert(colored(404).includes('\x1b[33m404'));
  assert(colored(502).includes('\x1b[31m502'));
});

test('an event of the log, without what the columns say already', () => {
  const line =
    '{"level":"warn","time":"2026-01-01T00:00:00.000Z","name":"proxy","agent":"waf","ms":3,"event":"agent-lost"}';
  assert.equal(lineWords(line, plain), 'agent-lost  agent=waf ms=3');
  assert(lineWords(line, { color: true }).startsWith('\x1b[33magent-lost'));
});

test('anything else stays as it is', () => {
  for (const line of ['hello', '{not json}', '{"a":1}', '[1]', '']) assert.equal(lineWords(line, plain), line);
});

test('nothing in a line can steer the terminal', () => {
  const steering = /[\u0000-\u001f\u007f-\u009f]/;
  const anything = fc.string({ unit: anyCharacter, maxLength: 40 });
  fc.assert(
    fc.property(anything, (text) => {
      assert.doesNotMatch(lineWords(text, plain), steering);
      assert.doesNotMatch(lineWords(access({ path: text, method: text, refusal: text }), plain), steering);
      assert.doesNotMatch(lineWords(JSON.stringify({ level: 'info', event: text, [text]: text }), plain), steering);
    }),
  );
});

test('what the supervisor tells is not told twice, and no client can hide its line', () => {
  assert.equal(isToldElsewhere('{"level":"info","event":"agent-configured"}'), true);
  assert.equal(isToldElsewhere('{"level":"warn","event":"agent-lost"}'), false);
  assert.equal(isToldElsewhere(access({ path: '/"event":"agent-configured"' })), false);
});
