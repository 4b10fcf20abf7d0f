// Numbers at the start of texts, and their comparison.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leadingNumber } from '../../../../agents/waf/operator/number.ts';
import { matches } from '../operators.ts';

const numbers: readonly [string, number][] = [
  ['12', 12],
  [' \t-5x', -5],
  ['+7', 7],
  ['', 0],
  ['x1', 0],
  ['- 1', 0],
  ['-0', 0],
  ['4294967296', 4294967296],
  ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
];

for (const [text, number] of numbers) test(`'${text.slice(0, 20)}'`, () => assert.equal(leadingNumber(text), number));

test('the six comparisons', () => {
  const outcomes = ['eq', 'ne', 'ge', 'gt', 'le', 'lt'].map((name) =>
    ['4', '5', '6'].map((value) => matches(name, '5', value)),
  );
  assert.deepEqual(outcomes, [
    [false, true, false],
    [true, false, true],
    [false, true, true],
    [false, false, true],
    [true, true, false],
    [true, false, false],
  ]);
  assert.equal(matches('lt', '%{level}', '1', { level: '2' }), true);
});
