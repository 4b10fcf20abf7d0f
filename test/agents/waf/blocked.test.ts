// What people are told of a refusal.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf } from '../../../agents/waf/blocked.ts';
import { judged, ruleSetOf, toldBy } from './agent-support.ts';

const rules = `SecRule ARGS "@contains evil" "id:100,phase:2,pass,log,msg:'Evil word',setvar:tx.anomaly_score=+5"
SecRule TX:anomaly_score "@ge 5" "id:101,phase:2,deny,status:403,log,msg:'Too much'"
SecRule TX:anomaly_score "@ge 5" "id:102,phase:5,pass,log,msg:'Report'"`;

function outcome(target: string, block = 'waf { }', set = rules) {
  const transaction = judged(ruleSetOf(set, toldBy(block)), target);
  transaction.end(0);
  return outcomeOf(transaction, 'r');
}

test('nobody is told of what passes', () => assert.equal(outcome('/?a=good'), undefined));

test('refused: what was found where, without the sums that rules make of it', () => {
  assert.deepEqual(outcome('/?a=evil'), {
    event: 'waf-blocked',
    facts: {
      request_id: 'u1',
      client_ip: '192.0.2.1',
      method: 'GET',
      target: '/?a=evil',
      route: 'r',
      status: 403,
      score: 5,
      rule: 101,
      rules: [100, 102],
      found: ['Evil word in ARGS:a'],
      reason: undefined,
    },
  });
});

test('the worst first', () => {
  const graded = `SecRule ARGS "@contains evil" "id:1,phase:2,pass,log,msg:'Odd',severity:WARNING"
SecRule ARGS "@contains evil" "id:2,phase:2,pass,log,msg:'Bad',severity:CRITICAL,setvar:tx.anomaly_score=+5"
SecRule TX:anomaly_score "@ge 5" "id:3,phase:2,deny,status:403,log,msg:'Sum'"`;
  assert.deepEqual(outcome('/?a=evil', 'waf { }', graded)?.facts['found'], ['Bad in ARGS:a', 'Odd in ARGS:a']);
});

test('what a chain looks at once more is told by its own name', () => {
  const chained = `SecRule ARGS "@contains e" "id:1,phase:2,deny,status:403,log,msg:'Evil',chain"
SecRule MATCHED_VARS "@contains evil" ""`;
  assert.deepEqual(outcome('/?a=evil', 'waf { }', chained)?.facts['found'], ['Evil in ARGS:a']);
});

test('only looked at: what would have been', () => {
  const told = outcome('/?a=evil', 'waf { mode "detection" }');
  assert.equal(told?.event, 'waf-detected');
  assert.partialDeepStrictEqual(told?.facts, { rule: 101, status: 403, found: ['Evil word in ARGS:a'] });
});

test('a work budget that is spent is told of, refused or only looked at', () => {
  const costly = `SecWorkBudget 100\n${rules}`;
  const target = `/?a=${'evil'.repeat(100)}`;
  const [refused, seen] = [outcome(target, 'waf { }', costly), outcome(target, 'waf { mode "detection" }', costly)];
  assert.deepEqual([refused?.event, seen?.event], ['waf-blocked', 'waf-detected']);
  for (const one of [refused, seen]) assert.match(String(one?.facts['reason']), /^The work budget \(100\) was spent/);
});

test('bytes become the text that they most likely are, and long ones end', () => {
  assert.match(String(outcome(`/?a=evil&b=\u00c3\u00bc`)?.facts['target']), /ü$/);
  assert.equal(String(outcome(`/?a=evil${'x'.repeat(5000)}`)?.facts['target']).length, 300);
});
