// Steps at once and in slices: the same result, and between two slices others have their turn.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce, inSlices } from '../../../../agents/waf/compile/slices.ts';

function* counting(steps: number): Generator<void, number> {
  for (let step = 0; step < steps; step += 1) yield;
  return steps;
}

test('all at once', () => assert.equal(atOnce(counting(5)), 5));

test('in slices, others have their turn in between', async () => {
  let turns = 0;
  let isOver = false;
  const other = (): void => {
    turns += 1;
    if (!isOver) setImmediate(other);
  };
  setImmediate(other);
  let clockMs = 0;
  const counted = await inSlices(counting(20), () => clockMs++);
  isOver = true;
  assert.equal(counted, 20);
  assert(turns >= 1, String(turns));
});

test('what fails, fails in the promise', async () => {
  function* failing(): Generator<void, void> {
    yield;
    throw new Error('broken');
  }
  await assert.rejects(inSlices(failing()), /broken/);
});
