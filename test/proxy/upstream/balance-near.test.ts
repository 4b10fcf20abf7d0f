// A part of the targets: our zone first and others only for want of room, and subsets that cover all targets alike.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeterministicSubset, LocalityAware } from '../../../proxy/upstream/balance-near.ts';
import { askerOf, equalTargets, shares } from './candidates.ts';

test('our zone alone, while it has room; then others; then all of ours again', () => {
  const list = equalTargets(4);
  for (const [index, one] of list.entries()) one.zone = index < 2 ? 'a' : 'b';
  const balancer = new LocalityAware(list, 'a', 10);
  assert.deepEqual(shares(list, balancer, 100), [50, 50, 0, 0]);
  list[0]!.active = 10;
  assert.deepEqual(shares(list, balancer, 100), [0, 100, 0, 0]);
  list[1]!.active = 10;
  assert.deepEqual(shares(list, balancer, 100), [0, 0, 50, 50]);
  list[2]!.active = 10;
  list[3]!.active = 10;
  assert.deepEqual(shares(list, balancer, 100), [50, 50, 0, 0], 'all are full');
  list[0]!.isAvailable = false;
  list[1]!.isAvailable = false;
  assert.deepEqual(shares(list, balancer, 100), [0, 0, 50, 50]);
});

test('each worker has its subset; as many workers as parts cover every target once', () => {
  const list = equalTargets(20);
  const used = (worker: number, host = 'h') => {
    const found = shares(list, new DeterministicSubset(list, 5, worker, host), 100);
    return found.flatMap((count, index) => (count > 0 ? [index] : []));
  };
  const subsets = [1, 2, 3, 4].map((worker) => used(worker));
  assert(subsets.every((subset) => subset.length === 5));
  assert.equal(new Set(subsets.flat()).size, 20);
  assert.deepEqual(used(1), subsets[0], 'the same after a restart');
  assert.notDeepEqual(used(5), subsets[0], 'a new round has a new order');
  assert.notDeepEqual(used(1, 'other'), subsets[0]);
});

test('who is out of a subset is replaced by one other, the rest stay', () => {
  const list = equalTargets(20);
  const balancer = new DeterministicSubset(list, 5, 1, 'h');
  const used = () => new Set(Array.from({ length: 100 }, () => balancer.pick(askerOf())));
  const before = used();
  const [first] = before;
  first!.isAvailable = false;
  const after = used();
  assert.equal(after.size, 5);
  assert.equal([...after].filter((one) => before.has(one)).length, 4);
});

test('a size over the number of targets uses all', () => {
  const list = equalTargets(3);
  assert.deepEqual(shares(list, new DeterministicSubset(list, 10, 7, 'h'), 30), [10, 10, 10]);
});
