// What ctl changes for the rest of a transaction, and only for that.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedParts } from '../../../../agents/waf/run/controls.ts';
import { form, logged, ruleSetOf, run } from '../support.ts';

const on = 'SecRuleEngine On\nSecRequestBodyAccess On\n';
const control = (name: string) => `SecAction "id:1,phase:1,pass,nolog,ctl:${name}"\n`;
const body = { method: 'POST', headers: [['Content-Type', 'text/plain']] as const, body: 'a=1&b=2' };

test('rules are taken out by id, range, tag and message; the next transaction has them again', () => {
  const rules = `SecRule ARGS:off "@rx 1" "id:1,phase:1,pass,nolog,ctl:CONTROL"
    SecAction "id:20,phase:1,pass,log,tag:'attack/sql',msg:'some words'"`;
  for (const name of [
    'ruleRemoveById=20',
    'ruleRemoveById=15-25',
    'ruleRemoveByTag=attack/.*',
    'ruleRemoveByMsg=words',
  ]) {
    const set = ruleSetOf(on + rules.replace('CONTROL', name));
    assert.deepEqual(logged(run(set, { target: '/?off=1' })), [], name);
    assert.deepEqual(logged(run(set)), [20], name);
  }
});

test('a chain is taken out as a whole', () => {
  const rules = `${control('ruleRemoveById=2')}SecRule REQUEST_URI "@rx ." "id:2,phase:1,pass,log,chain"\nSecRule REQUEST_URI "@rx ." "setvar:tx.a=1"`;
  assert.equal(run(on + rules).state.tx.get('a'), undefined);
});

test('a body is read as another kind, or shown though it is of none, or not read', () => {
  const seen = 'SecRule ARGS:b|REQUEST_BODY "@rx 2" "id:2,phase:2,pass,log"\n';
  assert.deepEqual(logged(run(on + seen, body)), []);
  assert.deepEqual(logged(run(on + control('requestBodyProcessor=URLENCODED') + seen, body)), [2, 2]);
  assert.deepEqual(logged(run(on + control('forceRequestBodyVariable=On') + seen, body)), [2]);
  assert.deepEqual(logged(run(on + control('requestBodyAccess=Off') + seen, { ...body, headers: form })), []);
});

test('limits hold from then on', () => {
  const limited = run(on + control('requestBodyLimit=3'), body);
  assert.deepEqual([limited.verdict.status, limited.verdict.ruleId], [413, undefined]);
});

test('the mode of the engine and of the audit log', () => {
  assert.equal(run(`${on}${control('ruleEngine=DetectionOnly')}SecAction "id:2,phase:1,deny"`).verdict.kind, 'pass');
  assert.equal(run(on + control('auditEngine=On')).state.auditMode, 'on');
});

test('parts of the audit log: more, fewer, others', () => {
  assert.equal(changedParts('ABZ', '+EF'), 'ABZEF');
  assert.equal(changedParts('ABCZ', '-C'), 'ABZ');
  assert.equal(changedParts('ABZ', 'AIZ'), 'AIZ');
  assert.equal(changedParts('ABZ', '+B'), 'ABZ');
});
