// Rules as functions: which are, and that they leave behind what they should.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainRejection, quietRule } from '../../../../agents/waf/plan/quiet.ts';
import { begin } from '../support.ts';
import { ruleOf } from './support.ts';

test('those that are in a log, capture, stop or are chains are not', () => {
  for (const actions of ['log,pass', 'nolog,deny', 'nolog,pass,capture', 'nolog,pass,multiMatch'])
    assert.equal(quietRule(ruleOf(`SecRule TX:a "@eq 1" "id:1,phase:1,${actions}"`)), undefined, actions);
  assert.equal(
    quietRule(ruleOf('SecRule TX:a "@eq 1" "id:1,phase:1,nolog,pass,chain"\nSecRule TX:b "@eq 1"')),
    undefined,
  );
  assert.equal(quietRule(ruleOf('SecRule ARGS "@rx 1" "id:1,phase:1,nolog,pass"')), undefined);
});

test('a match sets, adds and is remembered; no match does nothing', () => {
  const rule = ruleOf(
    'SecRule TX:Level "@ge %{tx.least}" "id:1,phase:1,nolog,pass,severity:3,setvar:tx.Sum=+%{tx.level},setvar:tx.seen=%{tx.level}-%{tx.least}"',
  );
  const run = quietRule(rule);
  const { state } = begin('SecAction "id:9,phase:1,pass"');
  assert.equal(run?.(state), false);
  state.tx.set('level', '4');
  state.tx.set('least', '4');
  assert.equal(run?.(state), true);
  assert.deepEqual(
    ['sum', 'seen'].map((name) => state.tx.get(name)),
    ['4', '4-4'],
  );
  assert.deepEqual(
    [state.matched, state.highestSeverity, state.matchedInChain, state.matchedRules],
    [{ variable: 'TX', key: 'level', value: '4' }, 3, [], [rule]],
  );
});

test('a chain that ends at its second rule remembers the match of its first', () => {
  const rejects = chainRejection(
    ruleOf('SecRule REQUEST_METHOD "@rx GET" "id:1,phase:1,pass,log,chain"\nSecRule &ARGS "@gt 0"'),
  );
  const transaction = begin('SecAction "id:9,phase:1,pass"');
  transaction.requestHead({ method: 'GET', target: '/', protocol: 'HTTP/1.1', headers: [] }, 0);
  assert.equal(rejects?.(transaction.state), true);
  assert.equal(transaction.state.matched?.value, 'GET');
  transaction.state.queryArgs = [['a', 'b']];
  assert.equal(rejects?.(transaction.state), false);
});
