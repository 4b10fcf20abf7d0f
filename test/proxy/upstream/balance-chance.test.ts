// By chance: shares by weight exactly where chance says, and of two the one with less to do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inFlightForWeight, PowerOfTwo, Random } from '../../../proxy/upstream/balance-chance.ts';
import { askerOf, equalTargets, seededChance, targetsOf } from './candidates.ts';

test('random follows the weights', () => {
  const list = targetsOf(3, 1);
  const picked = [0, 0.5, 0.74, 0.75, 0.99].map((value) =>
    list.indexOf(new Random(list, () => value).pick(askerOf())!),
  );
  assert.deepEqual(picked, [0, 0, 0, 1, 1]);
});

test('of two, the one with less to do for its weight', () => {
  const list = targetsOf(1, 1);
  const balancer = new PowerOfTwo(list, seededChance(), inFlightForWeight);
  list[0]!.active = 1;
  for (let count = 0; count < 20; count += 1) assert.equal(balancer.pick(askerOf()), list[1]);
});

test('two choices keep the longest queue far below that of one', () => {
  const longest = (pick: (list: ReturnType<typeof equalTargets>) => { pick: Random<(typeof list)[0]>['pick'] }) => {
    const list = equalTargets(100);
    const balancer = pick(list);
    for (let count = 0; count < 1000; count += 1) balancer.pick(askerOf())!.active += 1;
    return Math.max(...list.map(({ active }) => active));
  };
  const one = longest((list) => new Random(list, seededChance()));
  const two = longest((list) => new PowerOfTwo(list, seededChance(), inFlightForWeight));
  assert(two <= 13 && one >= 16, `of one choice ${one}, of two ${two}; the mean is 10`);
});
