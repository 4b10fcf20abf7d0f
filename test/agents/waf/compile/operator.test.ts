// Operators of rules, made or refused with a reason.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idleOperators } from '../../../../agents/waf/compile/operator.ts';
import { operatorNames, refusedOperators } from '../../../../agents/waf/operator/table.ts';
import { complaintsOf, ruleOf, rulesOf } from './support.ts';

const context = { expand: () => '' };

test('a phrase file is looked for beside the file of the rule', () => {
  const asked: string[] = [];
  const files = {
    read: (name: string) => {
      asked.push(name);
      return 'abc\n';
    },
    include: () => [{ file: 'rules/a.conf', text: 'SecRule ARGS "@pmFromFile words.data" "id:1"' }],
  };
  const [rule] = rulesOf('Include rules/a.conf', files);
  assert.deepEqual(asked, ['rules/words.data']);
  assert(rule?.links[0]?.operator?.match('xABCx', context, false));
});

test('a missing phrase file is a problem of the rule that names it', () => {
  assert.match(
    complaintsOf('SecRule ARGS "@pmFromFile words.data" "id:1"')[0] ?? '',
    /^1:27 @pmFromFile: .*words\.data.* \[rule-bad-value\]/,
  );
});

test('an expression is wrong at a place', () => {
  assert.deepEqual(complaintsOf('SecRule ARGS "@rx ab(?x)c" "id:1"'), [
    "1:21 the flag 'x' for expressions with blanks in them [rule-expression]; take the blanks and comments out, and the flag",
  ]);
});

test('what looks around is run by the matcher of our own', () => {
  const operator = ruleOf('SecRule ARGS "@rx <\\?(?!xml)(\\w)" "id:1"').links[0]?.operator;
  assert.deepEqual(operator?.match('<?php', context, true)?.captures, ['<?p', 'p']);
  assert.equal(operator?.match('<?xml', context, true), undefined);
});

test('operators that are refused say why; those that never match warn', () => {
  for (const name of Object.keys(refusedOperators)) {
    if (operatorNames.includes(name)) continue;
    const [complaint] = complaintsOf(`SecRule ARGS "@${name} x" "id:1"`);
    const idle = idleOperators[name.toLowerCase()];
    const expected =
      idle === undefined
        ? `1:15 the operator @${name} is not supported [rule-not-supported]; ${refusedOperators[name]}`
        : `1:15 @${name} never matches here [rule-no-effect]; ${idle}`;
    assert.equal(complaint, expected);
  }
  assert.equal(ruleOf('SecRule ARGS "@rbl a.b" "id:1"').links[0]?.operator?.match('x', context, false), undefined);
});
