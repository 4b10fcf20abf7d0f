// Actions: what each says, what it takes, how sets of them lie over each other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionWords, noActions, overlay, refusedActions } from '../../../../agents/waf/compile/actions.ts';
import { complaintsOf, ruleOf } from './support.ts';

const rule = (actions: string) => ruleOf(`SecAction "id:1,${actions}"`);
const complaint = (actions: string) => complaintsOf(`SecAction "id:1,${actions}"`)[0];

test('metadata', () => {
  const { meta, phase } = rule(
    "phase:request,msg:'a %{tx.b}',logdata:c,severity:CRITICAL,tag:d,tag:'e/f',ver:'g/1',rev:2,maturity:9,accuracy:8",
  );
  assert.equal(phase, 2);
  assert.deepEqual(
    { ...meta, message: meta.message?.source, data: meta.data?.source, tags: meta.tags.map(({ source }) => source) },
    {
      message: 'a %{tx.b}',
      data: 'c',
      severity: 2,
      tags: ['d', 'e/f'],
      version: 'g/1',
      revision: '2',
      maturity: 9,
      accuracy: 8,
    },
  );
  assert.equal(rule('severity:7').meta.severity, 7);
});

test('what is done', () => {
  assert.deepEqual(rule('allow').disruption, { kind: 'allow', scope: 'transaction' });
  assert.deepEqual(rule('allow:phase').disruption, { kind: 'allow', scope: 'phase' });
  assert.equal(rule('deny,status:404').status, 404);
  const redirect = rule("redirect:'https://a/?b=%{tx.c}'").disruption;
  assert.equal(redirect.kind === 'redirect' && redirect.to.source, 'https://a/?b=%{tx.c}');
});

test('both logs at once, then each by itself', () => {
  const logs = (actions: string) => [rule(actions).logs, rule(actions).audits];
  assert.deepEqual(logs('pass'), [true, true]);
  assert.deepEqual(logs('nolog'), [false, false]);
  assert.deepEqual(logs('nolog,auditlog'), [false, true]);
  assert.deepEqual(logs('log,noauditlog'), [true, false]);
});

test('transformations up to the last none are forgotten', () => {
  const names = rule('t:lowercase,t:none,t:trim,t:none,t:urlDecodeUni,t:removeNulls').links[0]?.transformations.map(
    ({ name }) => name,
  );
  assert.deepEqual(names, ['urlDecodeUni', 'removeNulls']);
});

test('what lies above goes before; lists are joined', () => {
  const below = {
    ...noActions,
    status: 403,
    logs: true,
    effects: [{ kind: 'sanitise', what: 'arg', name: 'a' }] as const,
  };
  assert.deepEqual(overlay(below, { ...noActions, logs: false }), { ...below, logs: false });
});

test('each action takes an argument or none', () => {
  for (const { name, argument } of actionWords) {
    if (argument === 'none') assert.match(complaint(`${name}:x`) ?? '', /takes no argument \[rule-bad-value\]$/, name);
    else if (argument === 'needed' && name !== 'id')
      assert.match(complaint(name) ?? '', /needs an argument \[rule-incomplete\]/, name);
  }
  for (const [name, why] of refusedActions)
    assert.equal(complaint(`${name}:x`), `1:17 the action ${name} is not supported [rule-not-supported]; ${why}`);
});

test('values that an action does not take', () => {
  for (const bad of [
    'phase:0',
    'severity:8',
    'severity:BAD',
    'status:99',
    'skip:0',
    'allow:all',
    'maturity:10',
    'accuracy:x',
  ]) {
    assert.match(complaint(bad) ?? '', /^1:\d+ \w+ takes .* \[rule-bad-value\]$/, bad);
  }
  assert.match(complaintsOf('SecAction "id:0"')[0] ?? '', /^1:15 id takes a number, from 1/);
});

test('one of a kind', () => {
  assert.equal(
    complaint('deny,pass'),
    '1:22 a rule can do one thing of deny, pass, block and their like [rule-misplaced]',
  );
  assert.equal(complaint('phase:1,phase:2'), '1:25 phase stands twice [rule-misplaced]');
});
