// Names in macros are looked up when the rules are loaded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesVariables } from '../../../../agents/waf/compile/checked-macro.ts';
import { complaintsOf, ruleOf } from './support.ts';

test('a name that no variable has is shown where it stands', () => {
  assert.deepEqual(complaintsOf(`SecAction "id:1,msg:'a %{matched_varr} b'"`), [
    "1:24 unknown variable 'MATCHED_VARR' [rule-unknown-word]; did you mean 'MATCHED_VAR'?",
  ]);
  assert.deepEqual(complaintsOf('SecRule ARGS "@streq %{script_uid}" "id:1"'), [
    '1:22 the variable SCRIPT_UID is not supported [rule-not-supported]; the proxy serves no scripts, so there is no file; look at REQUEST_FILENAME',
  ]);
});

test('a collection needs the name of one of its values', () => {
  assert.deepEqual(complaintsOf('SecAction "id:1,setvar:tx.a=%{tx}"'), [
    '1:29 %{TX} has many values [rule-bad-value]; choose one, as in %{TX.name}',
  ]);
});

test('in an expression what is no name is a text', () => {
  assert.equal(namesVariables('%{nobody}'), false);
  assert.equal(namesVariables('%{tx.1}'), true);
  assert.equal(ruleOf('SecRule ARGS "@pm %{nobody} b" "id:1"').links[0]?.operatorArgument, '%{nobody} b');
});
