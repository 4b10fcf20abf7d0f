// Gates: found where rules compare TX with a constant and jump, and what is reached with some of them closed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatesOf, reachable } from '../../../../agents/waf/plan/gates.ts';
import { begin, ruleSetOf } from '../support.ts';

const rules = `
SecAction "id:1,phase:1,pass"
SecRule TX:Level "@lt 2" "id:2,phase:1,nolog,pass,skipAfter:END"
SecRule ARGS "@rx a" "id:3,phase:1,pass"
SecRule TX:level "@lt 2" "id:4,phase:1,nolog,pass,skipAfter:END"
SecRule TX:level "!@ge 3" "id:5,phase:1,nolog,pass,skip:1"
SecRule TX:level "@lt %{tx.x}" "id:6,phase:1,nolog,pass,skip:1"
SecMarker END`;

test('conditions, each once, and where they stand', () => {
  const gates = gatesOf(ruleSetOf(rules).phases[1] ?? []);
  assert.deepEqual(
    [gates.first, [...gates.at]],
    [
      1,
      [
        [1, 0],
        [3, 0],
        [4, 1],
      ],
    ],
  );
  const { state } = begin(rules);
  const closed = (level: string | undefined): readonly boolean[] => {
    if (level !== undefined) state.tx.set('LEVEL', level);
    return gates.conditions.map((condition) => condition(state));
  };
  assert.deepEqual(
    [closed(undefined), closed('1'), closed('2'), closed('3')],
    [
      [false, false],
      [true, true],
      [false, true],
      [false, false],
    ],
  );
});

test('what is behind a closed gate is not reached', () => {
  const steps = ruleSetOf(rules).phases[1] ?? [];
  const gates = gatesOf(steps);
  const after = Int32Array.from([1, 7, 3, 7, 6, 7, 7]);
  assert.deepEqual([...reachable(steps, after, gates, [true, false])], [1, 1, 0, 0, 0, 0, 0]);
  assert.deepEqual([...reachable(steps, after, gates, [false, true])], [1, 1, 1, 1, 1, 0, 1]);
});
