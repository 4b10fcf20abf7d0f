// Whether values come again at a place, and the few that came last there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Habit } from '../../../../agents/waf/plan/known-values.ts';

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
  const nothing = (text: string) => ({ text, owner: 1, units: [], work: 40 });
  for (const value of ['one', 'two', 'three', 'four', 'five']) habit.note(nothing(value));
  assert.deepEqual(
    ['one', 'two', 'five', 'six'].map((value) => habit.recall(value)),
    [undefined, nothing('two'), nothing('five'), undefined],
  );
});
