// setvar and its kin.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../../../agents/waf/compile/rule-set.ts';
import { complaintsOf, ruleOf } from './support.ts';

/** Macros as their text. */
function effectOf(action: string): unknown {
  const [found] = ruleOf(`SecAction "id:1,${action}"`).links[0]?.effects ?? [];
  return Object.fromEntries(
    Object.entries(found as Effect).map(([key, value]) => [
      key,
      typeof value === 'object' ? (value as { source: string }).source : value,
    ]),
  );
}

test('setvar', () => {
  const set = { kind: 'setvar', collection: 'TX', key: 'a' };
  assert.deepEqual(effectOf('setvar:tx.a'), { ...set, how: 'set', value: '1' });
  assert.deepEqual(effectOf('setvar:TX.a=b=c'), { ...set, how: 'set', value: 'b=c' });
  assert.deepEqual(effectOf('setvar:tx.a='), { ...set, how: 'set', value: '' });
  assert.deepEqual(effectOf("setvar:'tx.a=+%{tx.b}'"), { ...set, how: 'add', value: '%{tx.b}' });
  assert.deepEqual(effectOf('setvar:tx.a=-1'), { ...set, how: 'subtract', value: '1' });
  assert.deepEqual(effectOf('setvar:!tx.a'), { ...set, how: 'unset', value: '' });
  assert.deepEqual(effectOf('setvar:ip.n_%{tx.a.b}=+1'), {
    kind: 'setvar',
    collection: 'IP',
    key: 'n_%{tx.a.b}',
    how: 'add',
    value: '1',
  });
});

test('records', () => {
  assert.deepEqual(effectOf('initcol:ip=%{remote_addr}_%{tx.a}'), {
    kind: 'initcol',
    collection: 'IP',
    key: '%{remote_addr}_%{tx.a}',
  });
  assert.deepEqual(effectOf('expirevar:ip.a=60'), { kind: 'expirevar', collection: 'IP', key: 'a', seconds: '60' });
  assert.deepEqual(effectOf('deprecatevar:session.a=60/300'), {
    kind: 'deprecatevar',
    collection: 'SESSION',
    key: 'a',
    amount: 60,
    seconds: 300,
  });
  for (const kind of ['setsid', 'setuid', 'setrsc'])
    assert.deepEqual(effectOf(`${kind}:%{tx.a}`), { kind, key: '%{tx.a}' });
  assert.deepEqual(effectOf('setenv:a=%{tx.b}'), { kind: 'setenv', name: 'a', value: '%{tx.b}' });
});

test('what is masked, in both spellings', () => {
  assert.deepEqual(effectOf('sanitiseArg:password'), { kind: 'sanitise', what: 'arg', name: 'password' });
  assert.deepEqual(effectOf('sanitizeRequestHeader:Authorization'), {
    kind: 'sanitise',
    what: 'request-header',
    name: 'Authorization',
  });
  assert.deepEqual(effectOf('sanitiseMatched'), { kind: 'sanitise', what: 'matched', name: '' });
  assert.deepEqual(effectOf('sanitiseMatchedBytes:1/4'), { kind: 'sanitise', what: 'matched-bytes', name: '1/4' });
});

test('mistakes', () => {
  const complaint = (action: string) => complaintsOf(`SecAction "id:1,${action}"`)[0];
  assert.equal(complaint('setvar:a=1'), '1:24 setvar takes a variable of a collection, as in tx.name [rule-bad-value]');
  assert.equal(
    complaint('setvar:args.a=1'),
    '1:24 setvar takes a variable of TX, GLOBAL, IP, RESOURCE, SESSION, USER, as in tx.name [rule-bad-value]',
  );
  assert.equal(
    complaint('expirevar:tx.a=1'),
    '1:27 expirevar takes a variable of GLOBAL, IP, RESOURCE, SESSION, USER, as in global.name [rule-bad-value]',
  );
  assert.equal(
    complaint('expirevar:ip.a'),
    '1:27 expirevar takes seconds behind an =, as in ip.blocked=60 [rule-bad-value]',
  );
  assert.equal(
    complaint('deprecatevar:ip.a=1/0'),
    '1:30 deprecatevar takes an amount and seconds, as in ip.score=60/300 [rule-bad-value]',
  );
  assert.equal(
    complaint('initcol:tx=a'),
    '1:25 initcol takes one of global, ip, resource, session, user and a key, as in ip=%{remote_addr} [rule-bad-value]',
  );
  assert.equal(
    complaint('sanitiseMatchedBytes:x'),
    '1:38 sanitiseMatchedBytes takes how many bytes stay at both ends, as in 4/4 [rule-bad-value]',
  );
});
