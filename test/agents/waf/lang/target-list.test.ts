// Lists of targets: signs, selectors, quotes; and where each mistake is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printTargets } from '../../../../agents/waf/lang/print.ts';
import type { Statement } from '../../../../agents/waf/lang/tree.ts';
import { parse } from './support.ts';

function targetsOf(list: string) {
  const [statement] = parse(`SecRule "${list}" "@rx a"`).statements as [Extract<Statement, { kind: 'rule' }>];
  return statement.targets.map(({ variable, isCount, isExcluded, selector }) => [
    isExcluded ? '!' : isCount ? '&' : '',
    variable,
    selector,
  ]);
}

const complaint = (list: string) => {
  const [problem] = parse(`SecRule ${list} "@rx a"`).problems;
  return `${problem?.place?.column}+${problem?.place?.length} ${problem?.what}`;
};

test('names, signs and selectors', () => {
  assert.deepEqual(targetsOf('args|&TX:Score,!ARGS:a'), [
    ['', 'ARGS', undefined],
    ['&', 'TX', { kind: 'text', text: 'Score' }],
    ['!', 'ARGS', { kind: 'text', text: 'a' }],
  ]);
});

test('regular expressions may hold bars and slashes', () => {
  assert.deepEqual(targetsOf('ARGS:/^a|b\\/c/d$/|X'), [
    ['', 'ARGS', { kind: 'regex', source: '^a|b\\/c/d$' }],
    ['', 'X', undefined],
  ]);
  assert.deepEqual(targetsOf("ARGS:'/a{1,2}|b/'"), [['', 'ARGS', { kind: 'regex', source: 'a{1,2}|b' }]]);
  assert.deepEqual(targetsOf('ARGS:/a|B'), [
    ['', 'ARGS', { kind: 'text', text: '/a' }],
    ['', 'B', undefined],
  ]);
});

test('quoted selectors hold anything; XML takes an XPath', () => {
  assert.deepEqual(targetsOf("ARGS:'a, |\\' b'"), [['', 'ARGS', { kind: 'text', text: "a, |' b" }]]);
  assert.deepEqual(targetsOf('XML:/*|XML://@*'), [
    ['', 'XML', { kind: 'xpath', path: '/*' }],
    ['', 'XML', { kind: 'xpath', path: '//@*' }],
  ]);
});

test('mistakes have their places', () => {
  assert.equal(complaint('ARGS|:a'), '14+2 the name of a variable is missing');
  assert.equal(complaint('ARGS|!&TX:a'), "14+6 '!&' stands before a target");
  assert.equal(complaint('ARGS:'), '9+5 nothing stands behind the colon');
  assert.equal(complaint('ARGS$a'), "13+1 '$' does not belong into a target");
  assert.equal(complaint('"ARGS:a b"'), '16+1 a blank stands in a selector');
  assert.equal(complaint("ARGS:'a"), '14+1 a single quote is not closed');
  assert.equal(complaint("ARGS:'a'b"), "17+1 'b' does not belong into a target");
  assert.equal(complaint('"|"'), '9+3 a rule looks at no variable');
});

test('printed as they were meant', () => {
  const [statement] = parse('SecRule ARGS|!ARGS:/a|b/|&TX:a "@rx a"').statements as [
    Extract<Statement, { kind: 'rule' }>,
  ];
  assert.equal(printTargets(statement.targets), "ARGS|!ARGS:'/a|b/'|&TX:a");
});
