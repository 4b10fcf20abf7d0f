// Which values a rule looks at: order, counts, exclusions in the rule and at run time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logged, run } from '../support.ts';

const on = 'SecRuleEngine On\n';
const names = (targets: string, before = '', ask = { target: '/?a=1&B=2&json.x.1=3' }) => {
  const transaction = run(
    `${on}${before}\nSecRule ${targets} "@rx ." "id:7,phase:1,pass,log,logdata:'%{MATCHED_VAR_NAME}',tag:'t/x'"`,
    ask,
  );
  return transaction.alerts.filter(({ rule }) => rule.id === 7).map(({ data }) => data);
};

test('left to right, names as they came', () => {
  assert.deepEqual(names('ARGS:B|ARGS:a'), ['ARGS:B', 'ARGS:a']);
  assert.deepEqual(names('ARGS:b'), ['ARGS:B']);
});

test('what is excluded goes, if it was collected before', () => {
  assert.deepEqual(names('ARGS|!ARGS:A'), ['ARGS:B', 'ARGS:json.x.1']);
  assert.deepEqual(names('!ARGS:A|ARGS:a'), ['ARGS:a']);
  assert.deepEqual(names('ARGS|!ARGS:/^json/'), ['ARGS:a', 'ARGS:B']);
  assert.deepEqual(names('ARGS|!ARGS_GET:a').length, 3, 'another variable');
});

test('a regular expression chooses among keys', () => {
  assert.deepEqual(names('ARGS:/^[ab]$/'), ['ARGS:a', 'ARGS:B']);
});

test('counts say what was counted', () => {
  assert.deepEqual(names('&ARGS'), ['&ARGS']);
  assert.deepEqual(names('&ARGS:a'), ['&ARGS:a']);
});

const withControl = (control: string, ask?: { target: string }) =>
  names('ARGS', `SecAction "id:1,phase:1,pass,nolog,ctl:${control}"`, ask);

test('targets are taken out at run time: by id, range, tag; by name and by expression', () => {
  assert.deepEqual(withControl('ruleRemoveTargetById=7;ARGS:a'), ['ARGS:B', 'ARGS:json.x.1']);
  assert.deepEqual(withControl('ruleRemoveTargetById=5-9;ARGS:a'), ['ARGS:B', 'ARGS:json.x.1']);
  assert.deepEqual(withControl(String.raw`ruleRemoveTargetById=7;ARGS:/^json\.x\.\d+$/`), ['ARGS:a', 'ARGS:B']);
  assert.deepEqual(withControl('ruleRemoveTargetByTag=t/x;ARGS'), []);
  assert.equal(withControl('ruleRemoveTargetById=8;ARGS:a').length, 3);
  assert.equal(withControl('ruleRemoveTargetById=7;ARGS_GET:a').length, 3, 'as it is written in the rule');
});

test('what is taken out of a chain is taken out of its starter', () => {
  const rules = `SecAction "id:1,phase:1,pass,nolog,ctl:ruleRemoveTargetById=2;ARGS:a"
    SecRule ARGS "@rx ." "id:2,phase:1,pass,log,chain"
      SecRule ARGS:a "@rx ."`;
  assert.deepEqual(logged(run(on + rules, { target: '/?a=1' })), []);
  assert.deepEqual(logged(run(on + rules, { target: '/?a=1&b=1' })), [2]);
});

test('of XML the path that is written is taken out, or all of it', () => {
  const values = (targets: string) =>
    run(
      `${on}SecRequestBodyAccess On\nSecAction "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"
      SecRule ${targets} "@rx ." "id:2,phase:2,pass,log,logdata:'%{MATCHED_VAR}'"`,
      { method: 'POST', body: '<a b="attribute">text</a>' },
    )
      .alerts.filter(({ rule }) => rule.id === 2)
      .map(({ data }) => data);
  assert.deepEqual(values('XML:/*|XML://@*'), ['text', 'attribute']);
  assert.deepEqual(values('XML:/*|XML://@*|!XML://@*'), ['text']);
  assert.deepEqual(values('XML:/*|XML://@*|!XML'), []);
});
