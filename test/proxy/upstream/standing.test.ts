// A weight that is kept as it counts now, and the number by which copies of it know that they are old.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Standing, standingChanges } from '../../../proxy/upstream/standing.ts';

test('what counts is the weight times its factor, and nothing of who is out', () => {
  const one = new Standing(4);
  assert.equal(one.weightNow, 4);
  one.weightFactor = 0.25;
  assert.equal(one.weightNow, 1);
  one.isAvailable = false;
  assert.equal(one.weightNow, 0);
  one.weightFactor = 0.5;
  assert.equal(one.weightNow, 0);
  one.isAvailable = true;
  assert.equal(one.weightNow, 2);
  assert.deepEqual([one.weight, one.weightFactor, one.isAvailable], [4, 0.5, true]);
});

test('each change is counted, and what changes nothing is not', () => {
  const one = new Standing(1);
  const before = standingChanges();
  one.isAvailable = true;
  one.weightFactor = 1;
  assert.equal(standingChanges(), before);
  one.isAvailable = false;
  one.weightFactor = 0.5; // nothing of it counts
  assert.equal(standingChanges(), before + 1);
  one.isAvailable = true;
  assert.equal(standingChanges(), before + 2);
});
