// When a transaction is judged: once for both phases, the body in the second, and again where gates have changed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOf } from '../../../../agents/waf/plan/plan.ts';
import { begin, ruleSetOf } from '../support.ts';

const ruleSet = ruleSetOf(`
SecRule TX:level "@lt 2" "id:1,phase:1,nolog,pass,skipAfter:END"
SecRule ARGS "@rx a" "id:2,phase:1,pass"
SecMarker END
SecRule ARGS "@rx b" "id:3,phase:1,pass"
SecRule TX:level "@lt 2" "id:4,phase:2,nolog,pass,skipAfter:END2"
SecRule ARGS "@rx c" "id:5,phase:2,pass"
SecMarker END2
SecRule ARGS "@rx b" "id:6,phase:2,pass"`);

const judging = planOf(ruleSet)[1]?.judging;
assert(judging !== undefined && judging === planOf(ruleSet)[2]?.judging);

function begun(level: string) {
  const { state } = begin(ruleSet);
  state.queryArgs = [['x', 'abc']];
  state.tx.set('level', level);
  return state;
}

const idsOf = (marks: { units: Iterable<number> }): readonly (number | undefined)[] =>
  [...marks.units].map((unit) => judging.links.find((link) => link.unit === unit)?.rule.id).sort();

test('once, for all that can be reached', () => {
  const state = begun('2');
  const first = judging.judge(state, 1);
  assert.deepEqual(idsOf(first.marks), [2, 3, 5, 6]);
  state.body = { ...state.body, args: [['y', 'c']] };
  const second = judging.judge(state, 2);
  assert.equal(second, first);
  assert.deepEqual(idsOf(second.marks), [2, 3, 5, 6]);
  const closed = judging.judge(begun('1'), 1);
  assert.deepEqual(idsOf(closed.marks), [3, 6]);
  assert.deepEqual([closed.way.unitsOf(2)[2], (closed.way.unitsOf(2)[4] ?? -1) >= 0], [-1, true]);
});

test('again, where a gate was opened after it', () => {
  const state = begun('1');
  const first = judging.judge(state, 1);
  state.tx.set('level', '2');
  const second = judging.judge(state, 2);
  assert.notEqual(second, first);
  assert.deepEqual(idsOf(second.marks), [2, 3, 5, 6]);
});
