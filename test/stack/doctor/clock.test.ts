// Whether the clock is kept: true or false where the kernel tells, and never a guess.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isClockKept } from '../../../stack/doctor/clock.ts';

test('the kernel answers, and twice the same', async () => {
  const answer = await isClockKept();
  assert(answer === undefined || typeof answer === 'boolean');
  assert.equal(await isClockKept(), answer);
});
