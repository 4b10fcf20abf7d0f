// So many lines a second, and how many there would have been.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineLimit } from '../../../agents/waf/line-limit.ts';

test('past the limit nothing is written; the next second tells how much was left out', () => {
  let now = 5000;
  const limit = new LineLimit(2, () => now);
  const told: number[] = [];
  const ask = () => limit.may((lines) => told.push(lines));
  assert.deepEqual([ask(), ask(), ask(), ask()], [true, true, false, false]);
  now = 6000;
  assert.deepEqual([ask(), told], [true, [2]]);
  now = 9000;
  assert.deepEqual([ask(), told], [true, [2]]);
});
