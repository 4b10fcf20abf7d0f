// How important a line is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAtLeast, levelOf } from '../../stack/line-level.ts';

const cases = [
  ['stderr', '{"level":"info","event":"x"}', 'info'],
  ['stderr', '{"level":"error","event":"x"}', 'error'],
  ['stdout', '{"method":"GET","status":200,"ms":1}', 'info'],
  ['stdout', '{"method":"GET","status":503,"ms":1}', 'warn'],
  ['stdout', 'just words "status":503,', 'info'],
  ['stderr', 'Error: at line 3', 'warn'],
] as const;

for (const [stream, text, level] of cases)
  test(`${stream} ${text}`, () => assert.equal(levelOf({ stream, text }), level));

test('levels are in order', () => {
  assert(isAtLeast('error', 'warn') && isAtLeast('warn', 'warn') && !isAtLeast('info', 'warn'));
});
