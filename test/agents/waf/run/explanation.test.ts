// An explanation tells the story of a request: what was seen, what ran, what was skipped, how the score grew.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explanationOf } from '../../../../agents/waf/engine.ts';
import { run } from '../support.ts';

const rules = `SecRuleEngine On
  SecRule ARGS "@rx ^a" "id:1,phase:1,pass,t:none,t:lowercase,setvar:tx.inbound_anomaly_score_pl1=+5"
  SecAction "id:2,phase:1,pass,nolog,skipAfter:END"
  SecAction "id:3,phase:1,pass,nolog"
  SecMarker END
  SecAction "id:4,phase:1,pass,nolog,ctl:ruleRemoveById=5"
  SecAction "id:5,phase:1,pass,nolog"`;

test('seen, ran, matched, skipped, removed, and the score step by step', () => {
  const explanation = explanationOf(run(rules, { target: '/?x=Ab&y=a', explains: true }));
  assert(explanation.seen.some(({ name, value }) => name === 'ARGS_GET:x' && value === 'Ab'));
  assert.deepEqual(explanation.ranIds, [1, 2, 4]);
  assert.deepEqual(explanation.matchedIds, [1, 2, 4]);
  assert.deepEqual(
    explanation.score.map(({ ruleId, from, to }) => [ruleId, from, to]),
    [
      [1, undefined, '5'],
      [1, '5', '10'],
    ],
  );
  const events = explanation.events.filter(({ kind }) => kind === 'skipped' || kind === 'removed');
  assert.deepEqual(events, [
    { kind: 'skipped', id: 3, phase: 1, by: 2, to: 'END' },
    { kind: 'removed', id: 5, phase: 1 },
  ]);
  assert(
    explanation.events.some(
      (event) => event.kind === 'test' && event.value === 'Ab' && event.tested === 'ab' && event.isMatch,
    ),
  );
});

test('without being asked it keeps nothing', () => {
  assert.deepEqual(explanationOf(run(rules)).events, []);
});
