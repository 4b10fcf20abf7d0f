// Marks count each unit once, and tell the values that may match it until there are too many.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Marks } from '../../../../agents/waf/plan/marks.ts';
import { wafPlanLimits } from '../../../../config/limits-waf-plan.ts';

test('each once, with its values', () => {
  const marks = new Marks();
  for (const [unit, value] of [
    [2, 'a'],
    [2, 'a'],
    [2, 'b'],
    [3, 'a'],
  ] as const)
    marks.add(unit, value);
  assert.deepEqual(
    [marks.count, [...marks.units], [1, 2, 3].map((unit) => marks.has(unit))],
    [2, [2, 3], [false, true, true]],
  );
  assert.deepEqual([marks.valuesOf(2), marks.valuesOf(3)], [['a', 'b'], ['a']]);
});

test('past a bound, any value may match', () => {
  const marks = new Marks();
  for (let at = 0; at <= wafPlanLimits.markedValuesMax + 5; at += 1) marks.add(1, String(at));
  assert.equal(marks.valuesOf(1), undefined);
});
