// The plan of a set: jumps that are known, gates that choose who is judged, and passages over TX.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOf } from '../../../../agents/waf/plan/plan.ts';
import { ruleSetOf } from '../support.ts';

const ruleSet = ruleSetOf(`
SecRule ARGS "@rx early" "id:1,phase:1,pass"
SecRule TX:level "@lt 2" "id:2,phase:1,nolog,pass,skipAfter:END"
SecRule ARGS "@rx a" "id:3,phase:1,pass"
SecMarker END
SecRule ARGS "@rx b" "id:4,phase:1,pass"`);

test('made once, and the same set has the same plan', () => assert.equal(planOf(ruleSet), planOf(ruleSet)));

test('jumps, and who is judged: behind the first gate, if it can be reached', () => {
  const plan = planOf(ruleSet)[1];
  assert(plan !== undefined);
  assert.deepEqual(
    [[...plan.after], [...plan.isJudged]],
    [
      [1, 4, 3, 4, 5],
      [0, 0, 1, 0, 1],
    ],
  );
});
