// By what targets have shown: the slow and the failing get less, nobody gets nothing for ever, and it is forgiven in time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Adaptive, PeakEwma } from '../../../proxy/upstream/balance-measured.ts';
import { askerOf, assertShares, equalTargets, seededChance, shares, type TestTarget } from './candidates.ts';

const decayMs = 10_000;
const measured = (list: readonly TestTarget[], latenciesMs: readonly number[]) =>
  list.forEach((one, index) => one.meter.measure(latenciesMs[index] ?? 1, true, 0, decayMs));

test('peak ewma: of two the faster one; its queue counts as much as its speed', () => {
  const list = equalTargets(2);
  const balancer = new PeakEwma(list, seededChance(), () => 0, decayMs);
  measured(list, [10, 40]);
  assert.deepEqual(shares(list, balancer, 100), [100, 0]);
  list[0]!.active = 4; // 5 times 10 ms is more than 40
  assert.deepEqual(shares(list, balancer, 100), [0, 100]);
});

test('peak ewma: who is not known is tried, once at a time', () => {
  const list = equalTargets(2);
  const balancer = new PeakEwma(list, seededChance(), () => 0, decayMs);
  list[0]!.meter.measure(10, true, 0, decayMs);
  assert.equal(balancer.pick(askerOf()), list[1]);
  list[1]!.active = 1;
  assert.equal(balancer.pick(askerOf()), list[0]);
});

test('peak ewma: a peak is forgotten with time', () => {
  const list = equalTargets(2);
  let nowMs = 0;
  const balancer = new PeakEwma(list, seededChance(), () => nowMs, decayMs);
  measured(list, [1000, 20]);
  assert.equal(balancer.pick(askerOf()), list[1]);
  nowMs = 60_000; // the fast one has been measured all the time
  list[1]!.meter.measure(20, true, nowMs, decayMs);
  assert.equal(balancer.pick(askerOf()), list[0]);
});

test('adaptive: half as fast as the other is half its share', () => {
  const list = equalTargets(2);
  measured(list, [10, 20]);
  assertShares(shares(list, new Adaptive(list, seededChance(), () => 0), 6000), [2, 1], 0.1);
});

test('adaptive: shares fall with the square of the success, but not to nothing', () => {
  const list = equalTargets(2);
  measured(list, [10, 10]);
  let nowMs = 0;
  const balancer = new Adaptive(list, seededChance(), () => nowMs);
  list[1]!.meter.success = 0.5;
  assertShares(shares(list, balancer, 6000), [4, 1], 0.12);
  list[1]!.meter.success = 0;
  nowMs = 20;
  assertShares(shares(list, balancer, 6000), [20, 1], 0.2);
});

test('adaptive: one that fails and is slow as well is asked now and then, beside one that is a thousand times as fast', () => {
  const list = equalTargets(2);
  measured(list, [1, 1000]);
  list[1]!.meter.success = 0;
  assertShares(shares(list, new Adaptive(list, seededChance(), () => 0), 6000), [20, 1], 0.2);
});

test('adaptive: where all have only failed, all are picked still', () => {
  const list = equalTargets(2);
  for (const { meter } of list) meter.measure(1, false, 0, 1000);
  const balancer = new Adaptive(
    list,
    () => 0.9,
    () => 0,
  );
  assert.equal(balancer.pick(askerOf()), list[1]);
  assert.equal(balancer.pick(askerOf({ tried: [list[1]!] })), list[0]);
});
