// No value that matches is shorter than it is said, and no transformation makes a text longer than it is said.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Operator } from '../../../../agents/waf/compile/rule-set.ts';
import { treeOf } from '../../../../agents/waf/plan/required.ts';
import { growthOf, shortestMatch } from '../../../../agents/waf/plan/shortest.ts';
import { transformationByName, transformationNames } from '../../../../agents/waf/transform/table.ts';
import { byteStrings, madeOf } from '../reference.ts';
import { ruleOf } from './support.ts';

function shortest(operator: string): number {
  const [link] = ruleOf(`SecRule ARGS "${operator}" "id:1,phase:1,pass"`).links;
  const made = link?.operator as Operator;
  return shortestMatch(made, made.facts?.kind === 'expression' ? treeOf(made.facts.source) : undefined);
}

test('expressions, phrases, and what is not known', () => {
  assert.deepEqual(
    [
      '@rx union\\s+select',
      '@rx (?:a|bc)?d',
      '@rx ^$',
      '@rx (?:ab){3}',
      '@rx (?=abc)a',
      '@pm union or',
      '@detectXSS',
    ].map(shortest),
    [12, 1, 0, 6, 1, 2, 1],
  );
  assert.equal(shortest('@endsWith abc'), 0);
});

const texts = fc.oneof(
  byteStrings,
  madeOf(
    '%41',
    '+',
    '&lt;',
    '&#x41;',
    '&',
    '\\x41',
    '\\',
    '/*',
    '*/',
    '../',
    '//',
    '  ',
    '"',
    'A',
    'a b',
    '--',
    '#',
    '\0',
    'YWJj',
    '=',
    '4',
    ';',
  ),
);

test('what a transformation makes is no longer than it is said', () => {
  fc.assert(
    fc.property(texts, fc.constantFrom(...transformationNames), (text, name) => {
      const transformation = transformationByName(name);
      assert(transformation !== undefined);
      const growth = growthOf(transformation);
      if (growth === undefined) return;
      assert(transformation.apply(text).length <= Math.ceil(text.length * growth), `${name} ${JSON.stringify(text)}`);
    }),
    { numRuns: 5000 },
  );
});
