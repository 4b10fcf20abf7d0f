// What a match changes: variables of every collection, numbers at their edges, the environment.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newStore } from '../../../../agents/waf/engine.ts';
import { wafRunLimits } from '../../../../config/limits-waf-run.ts';
import { run } from '../support.ts';

const after = (actions: string, name: string) =>
  run(`SecRuleEngine On\nSecAction "id:1,phase:1,pass,nolog,${actions}"`, { target: '/?a=7' }).state.tx.get(name);

test('variables are set, added to, taken from and removed, with macros in name and value', () => {
  assert.equal(after('setvar:tx.a', 'a'), '1');
  assert.equal(after("setvar:'tx.a=x y'", 'A'), 'x y');
  assert.equal(after('setvar:tx.a=5,setvar:tx.b=2,setvar:tx.a=+%{tx.b}', 'a'), '7');
  assert.equal(after('setvar:tx.a=5,setvar:tx.a=-2', 'a'), '3');
  assert.equal(after('setvar:tx.a=5,setvar:!tx.a', 'a'), undefined);
  assert.equal(after('setvar:tx.for_%{args.a}=%{request_method}', 'for_7'), 'GET');
});

test('what is no number counts as none, and no counter goes below zero', () => {
  assert.equal(after('setvar:tx.a=x,setvar:tx.a=+3', 'a'), '3');
  assert.equal(after('setvar:tx.a=+x', 'a'), '0');
  assert.equal(after('setvar:tx.a=1,setvar:tx.a=-5', 'a'), '0');
  assert.equal(after('setvar:tx.a=999999999999999,setvar:tx.a=+999999999999999', 'a'), '1999999999999998');
});

test('a macro of nothing is nothing', () => {
  assert.equal(after('setvar:tx.a=[%{tx.nothing}%{args.none}]', 'a'), '[]');
});

const counting = `SecRuleEngine On
  SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR},setvar:ip.hits=+1,expirevar:ip.hits=60"
  SecRule IP:hits "@ge 3" "id:2,phase:1,deny,status:429"`;

test('persistent records count over transactions, and forget when it is time', () => {
  const store = newStore();
  const status = (nowMs: number) => run(counting, { store, nowMs }).verdict.status;
  assert.deepEqual([status(0), status(1000), status(2000)], [undefined, undefined, 429]);
  assert.deepEqual([status(100_000), status(101_000)], [undefined, undefined]);
});

test('without initcol a persistent collection takes nothing', () => {
  const { state } = run(
    'SecRuleEngine On\nSecAction "id:1,phase:1,pass,nolog,setvar:ip.a=1"\nSecRule &IP:a "@eq 0" "id:2,phase:1,pass,nolog,setvar:tx.none=1"',
  );
  assert.equal(state.tx.get('none'), '1');
});

test('sessions, users and resources have ids and records', () => {
  const rules = `SecRuleEngine On
    SecAction "id:1,phase:1,pass,nolog,setsid:%{args.a},setuid:u,setrsc:r,setvar:session.x=1,setvar:user.x=2,setvar:resource.x=3"
    SecAction "id:2,phase:1,pass,nolog,setvar:'tx.all=%{SESSIONID}%{USERID}%{SESSION.x}%{USER.x}%{RESOURCE.x}'"`;
  assert.equal(run(rules, { target: '/?a=s' }).state.tx.get('all'), 'su123');
});

test('deprecatevar takes something off for the time that has passed', () => {
  const store = newStore();
  const rules = (set: string) =>
    `SecRuleEngine On\nSecAction "id:1,phase:1,pass,nolog,initcol:ip=k,${set}"\nSecAction "id:2,phase:1,pass,nolog,setvar:tx.now=%{ip.score}"`;
  run(rules('setvar:ip.score=100'), { store, nowMs: 0 });
  assert.equal(run(rules('deprecatevar:ip.score=10/60'), { store, nowMs: 150_000 }).state.tx.get('now'), '80');
});

test('setenv is seen by later rules', () => {
  const rules =
    'SecRuleEngine On\nSecAction "id:1,phase:1,pass,nolog,setenv:a=b"\nSecRule ENV:a "@streq b" "id:2,phase:1,deny"';
  assert.equal(run(rules).verdict.kind, 'deny');
});

test('a rule that doubles its own variable comes to an end', () => {
  const doubling = Array.from({ length: 30 }, () => 'setvar:tx.a=%{tx.a}%{tx.a}').join();
  assert.equal(after(`setvar:tx.a=12345678,${doubling}`, 'a')?.length, wafRunLimits.variableBytesMax);
});
