// Picks from flat arrays: turns that are smooth, the least loaded, and the same picks as a look into each target at each
// pick gives, whatever changes in between.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { grain, Roster } from '../../../proxy/upstream/roster.ts';
import { type TestTarget, targetsOf } from './candidates.ts';

test('turns are smooth: 5, 1, 1 is never five in a row; a slow starter gets a part of its weight', () => {
  const list = targetsOf(5, 1, 1);
  const roster = new Roster(list);
  const turns = (count: number) => Array.from({ length: count }, () => list.indexOf(roster.nextInTurn([])!));
  assert.deepEqual(turns(7), [0, 0, 1, 0, 2, 0, 0]);
  list[0]!.weightFactor = 0.2;
  assert.deepEqual(turns(6).toSorted(), [0, 0, 1, 1, 2, 2]);
});

test('the least loaded for its weight; among equals by turns; none where none may', () => {
  const list = targetsOf(2, 1);
  const roster = new Roster(list);
  const least = () => list.indexOf(roster.leastLoaded([], 0)!);
  assert.deepEqual([least(), least(), least()], [0, 1, 0]);
  list[0]!.active = 3;
  list[1]!.active = 1;
  assert.deepEqual([least(), least()], [1, 1]);
  list[1]!.weightFactor = 0.5;
  assert.equal(least(), 0, 'half a weight counts twice the load');
  assert.equal(roster.leastLoaded(list, 0), undefined);
});

test('of the first that may, by turns; whom one has tried, the next may take', () => {
  const list = targetsOf(1, 1, 1, 1);
  const roster = new Roster(list);
  const next = (...tried: TestTarget[]) => list.indexOf(roster.nextOfFirst(2, tried)!);
  assert.deepEqual([next(), next(), next()], [0, 1, 0]);
  list[0]!.isAvailable = false;
  assert.deepEqual(new Set([next(), next(), next()]), new Set([1, 2]));
  assert.equal(next(list[1]!, list[2]!), 3);
  assert.deepEqual(
    [...roster.weights([])].map((weight) => weight / grain),
    [0, 1, 1, 1],
  );
});

test('property: turns are what the rule says, when weights change, targets leave and some were tried', () => {
  const step = fc.record({
    place: fc.nat({ max: 5 }),
    isAvailable: fc.boolean(),
    weightFactor: fc.constantFrom(1, 1, 0.1, 0.35, 0.9),
    tried: fc.array(fc.nat({ max: 5 }), { maxLength: 3 }),
    picks: fc.integer({ min: 1, max: 8 }),
  });
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 }), { minLength: 6, maxLength: 6 }), fc.array(step), (weights, steps) => {
      const list = targetsOf(...weights);
      const roster = new Roster(list);
      const balances = new Map(list.map((one) => [one, 0]));
      for (const { place, isAvailable, weightFactor, tried, picks } of steps) {
        Object.assign(list[place]!, { isAvailable, weightFactor });
        const without = tried.map((one) => list[one]!);
        assert.equal(roster.nextInTurn(without)?.name, turnByRule(list, without, balances)?.name);
        for (let pick = 0; pick < picks; pick += 1)
          assert.equal(roster.nextInTurn([])?.name, turnByRule(list, [], balances)?.name);
      }
    }),
    { numRuns: 50 },
  );
});

/** The rule, read from the targets themselves. */
function turnByRule(list: readonly TestTarget[], tried: readonly TestTarget[], balances: Map<TestTarget, number>) {
  const able = list.filter((one) => one.isAvailable && one.weight * one.weightFactor > 0 && !tried.includes(one));
  let best: TestTarget | undefined;
  let sum = 0;
  for (const one of able) {
    const weight = one.weight * one.weightFactor;
    sum += weight;
    balances.set(one, (balances.get(one) ?? 0) + weight);
    if (best === undefined || (balances.get(one) ?? 0) > (balances.get(best) ?? 0)) best = one;
  }
  if (best !== undefined) balances.set(best, (balances.get(best) ?? 0) - sum);
  return best;
}
