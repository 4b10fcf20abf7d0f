// A verdict tells what rules matched and how high the score is, of rules of either generation.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../support.ts';

const score = (actions: string) =>
  run(`SecRuleEngine On\nSecAction "id:1,phase:1,pass,nolog,${actions}"`).verdict.score;

test('the score is that which CRS blocks by', () => {
  assert.equal(score('setvar:tx.blocking_inbound_anomaly_score=5,setvar:tx.anomaly_score=9'), 5);
  assert.equal(score('setvar:tx.anomaly_score=9'), 9);
  assert.equal(score('setvar:tx.other=9'), undefined);
});

test('ids and tags of what is logged, each once', () => {
  const { verdict } = run(
    `SecRuleEngine On\nSecRule ARGS "@rx ." "id:5,phase:1,pass,log,tag:a,tag:b"\nSecAction "id:6,phase:1,pass,nolog,tag:c"`,
    { target: '/?a=1&b=2' },
  );
  assert.deepEqual([verdict.kind, verdict.ruleIds, verdict.tags], ['pass', [5], ['a', 'b']]);
});
