// The sentence of each operator, as ModSecurity words it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchSentence } from '../../../../agents/waf/run/alert.ts';
import { run } from '../support.ts';

const sentence = (rule: string) => run(`SecRuleEngine On\n${rule}`, { target: '/?a=5' }).alerts.map(matchSentence);
const of = (operator: string) => sentence(`SecRule ARGS:a "${operator}" "id:1,phase:1,pass,log,capture"`);

const cases: readonly [string, string][] = [
  ['@rx ^5$', 'Pattern match "^5$" at ARGS:a.'],
  ['!@rx x', 'Match of "rx x" against "ARGS:a" required.'],
  ['@pm 4 5', 'Matched phrase "5" at ARGS:a.'],
  ['@streq 5', 'String match "5" at ARGS:a.'],
  ['@within 456', 'String match within "456" at ARGS:a.'],
  ['@ge %{args.a}', 'Operator GE matched 5 at ARGS:a.'],
  ['@validateByteRange 1-9', 'Found byte(s) in ARGS:a outside range: 1-9.'],
];
for (const [operator, text] of cases) test(operator, () => assert.deepEqual(of(operator), [text]));

test('an action matches without a value', () => {
  assert.deepEqual(sentence('SecAction "id:1,phase:1,pass,log"'), ['Unconditional match in SecAction.']);
});

test('texts are filled in at the moment of the match', () => {
  const [one, other] = run(
    'SecRuleEngine On\nSecRule ARGS "@rx (.)$" "id:1,phase:1,pass,log,capture,msg:\'%{tx.1}\',tag:\'t/%{matched_var_name}\'"',
    { target: '/?a=1&b=2' },
  ).alerts;
  assert.deepEqual([one!.message, one!.tags, other!.message, other!.tags], ['1', ['t/ARGS:a'], '2', ['t/ARGS:b']]);
});
