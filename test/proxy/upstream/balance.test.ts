// What all algorithms have in common: who may be picked at all, turns that are smooth, the least loaded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leastLoaded, mayTake, nextInTurn } from '../../../proxy/upstream/balance.ts';
import { targetsOf } from './candidates.ts';

test('who is out, without weight or tried may not', () => {
  const [one] = targetsOf(1);
  assert(one !== undefined);
  assert(mayTake(one, []));
  assert(!mayTake(one, [one]));
  assert(!mayTake({ ...one, isAvailable: false }, []));
  assert(!mayTake({ ...one, weight: 0 }, []));
  assert(!mayTake({ ...one, weightFactor: 0 }, []));
});

test('turns are smooth: 5, 1, 1 is never five in a row; a slow starter gets a part of its weight', () => {
  const list = targetsOf(5, 1, 1);
  const turns = (count: number) => Array.from({ length: count }, () => list.indexOf(nextInTurn(list, [])!));
  assert.deepEqual(turns(7), [0, 0, 1, 0, 2, 0, 0]);
  list[0]!.weightFactor = 0.2;
  assert.deepEqual(turns(6).toSorted(), [0, 0, 1, 1, 2, 2]);
});

test('the least loaded for its weight; among equals by turns; none where none may', () => {
  const list = targetsOf(2, 1);
  const least = () => list.indexOf(leastLoaded(list, [], 0)!);
  assert.deepEqual([least(), least(), least()], [0, 1, 0]);
  list[0]!.active = 3;
  list[1]!.active = 1;
  assert.deepEqual([least(), least()], [1, 1]);
  list[1]!.weightFactor = 0.5;
  assert.equal(least(), 0, 'half a weight counts twice the load');
  assert.equal(leastLoaded(list, list, 0), undefined);
});
