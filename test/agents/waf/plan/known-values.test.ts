// What is remembered of values: found again, bounded by bytes, and gone when it was not met for two generations.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Habit, KnownValues, newBudget } from '../../../../agents/waf/plan/known-values.ts';
import { wafPlanLimits } from '../../../../config/limits-waf-plan.ts';

const nothing = (value: string) => ({ value, units: [], work: 40 });

test('found again, each class by itself', () => {
  const budget = newBudget();
  const [one, other] = [new KnownValues(budget), new KnownValues(budget)];
  const found = { value: 'value', units: [3], work: 40 };
  one.set(found);
  assert.deepEqual([one.get('value'), one.get('else'), other.get('value')], [found, undefined, undefined]);
});

test('what is not met any more is forgotten, what is met stays', () => {
  const budget = newBudget();
  const known = new KnownValues(budget);
  known.set(nothing('kept'));
  known.set(nothing('lost'));
  for (let at = 0; budget.generation < 4; at += 1) {
    known.set(nothing(`${'x'.repeat(200)}${at}`));
    known.get('kept');
    assert(budget.bytes <= wafPlanLimits.knownBytesMax);
  }
  assert.deepEqual([known.get('kept'), known.get('lost')], [nothing('kept'), undefined]);
});

test('where values never come again, none is looked for, but for a try now and then', () => {
  const [ids, types] = [new Habit(), new Habit()];
  let [looksAtIds, looksAtTypes] = [0, 0];
  for (let at = 0; at < 10_000; at += 1) {
    if (ids.isWorthIt) {
      looksAtIds += 1;
      ids.tell(false);
    }
    if (types.isWorthIt) {
      looksAtTypes += 1;
      types.tell(at % 4 === 0);
    }
  }
  assert.equal(looksAtTypes, 10_000);
  assert(looksAtIds > 0 && looksAtIds < 1000, String(looksAtIds));
});

test('the few values that came last at a place are known there', () => {
  const habit = new Habit();
  for (const value of ['one', 'two', 'three', 'four', 'five']) habit.note(nothing(value));
  assert.deepEqual(
    ['one', 'two', 'five', 'six'].map((value) => habit.recall(value)),
    [undefined, nothing('two'), nothing('five'), undefined],
  );
});
