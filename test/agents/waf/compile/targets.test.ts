// Targets of a rule, compiled.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaintsOf, ruleOf } from './support.ts';

const target = (text: string) => ruleOf(`SecRule "ARGS|${text}" "@rx a" "id:1"`).links[0]?.targets[1];

test('a regular expression selects without regard to case, by bytes', () => {
  const matches = target('!ARGS:/^_ga|\\xe9$/')?.matches;
  assert(matches !== undefined);
  assert(matches('_GA_1') && matches('caf\xe9') && !matches('x_ga') && !matches('caf\xc9'));
  assert.equal(target('ARGS:a')?.matches, undefined);
});

test('what is shown of a target is as it was written', () => {
  assert.equal(target('&ARGS:/a/')?.text, '&ARGS:/a/');
  assert.equal(target('XML:/*')?.text, 'XML:/*');
});

test('mistakes', () => {
  assert.deepEqual(complaintsOf('SecRule ARGS:/a(/ "@rx a" "id:1"'), [
    '1:15 RE2 does not take it: missing ) [rule-expression]; its syntax is that of PCRE without looking around and references',
  ]);
  assert.deepEqual(complaintsOf('SecRule ARGS|!ARG "@rx a" "id:1"'), [
    "1:15 unknown variable 'ARG' [rule-unknown-word]; did you mean 'ARGS'?",
  ]);
  assert.deepEqual(complaintsOf('SecRule &REMOTE_ADDR:x "@rx a" "id:1"'), [
    '1:9 REMOTE_ADDR is one value and has no parts to choose from [rule-bad-value]; write &REMOTE_ADDR',
  ]);
});

test('a path into XML that cannot be followed', () => {
  const [complaint] = complaintsOf(`SecRule "XML:'//a[1]'" "@rx a" "id:1"`);
  assert.match(complaint ?? '', /^1:10 .*\/\/a\[1\].* \[rule-not-supported\]; paths look like/);
});

test('a rule that excludes all it names is told of', () => {
  assert.deepEqual(complaintsOf('SecRule !ARGS:a "@rx a" "id:1"'), [
    '1:1 rule 1 looks at nothing: all its targets are excluded [rule-no-effect]; name what is looked at before what is left out, as in ARGS|!ARGS:password',
  ]);
});
