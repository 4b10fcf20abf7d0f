// Comparison of numbers: what a text is as a number, and the six operators.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { leadingNumber } from '../../../../agents/waf/operator/number.ts';
import { asked } from './support.ts';

const cases: readonly [text: string, number: number][] = [
  ['', 0],
  ['12', 12],
  ['007', 7],
  [' \t\n\v\f\r5', 5],
  ['-3x', -3],
  ['+4.9', 4],
  ['- 3', 0],
  ['--3', 0],
  ['-0', 0],
  ['abc', 0],
  ['0x1f', 0],
  ['1e3', 1],
  ['\xa05', 0], // no blank in C's own locale
  ['4294967296', 4_294_967_296], // would be 0 in 32 bits
  ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  [`-${'9'.repeat(400)}`, -Number.MAX_SAFE_INTEGER],
];
for (const [text, number] of cases) {
  test(JSON.stringify(text.slice(0, 20)), () => assert.equal(leadingNumber(text), number));
}

const compared: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  eq: (one, other) => one === other,
  ne: (one, other) => one !== other,
  ge: (one, other) => one >= other,
  gt: (one, other) => one > other,
  le: (one, other) => one <= other,
  lt: (one, other) => one < other,
};
for (const [name, holds] of Object.entries(compared)) {
  test(`@${name}: the value on the left, the argument on the right`, () => {
    const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.maxSafeInteger());
    fc.assert(
      fc.property(number, number, (value, other) => {
        assert.equal(asked(name, `${other}`)(`${value}`), holds(value, other));
        assert.equal(asked(name, '%{tx.limit}', { limit: `${other}` })(`${value} items`), holds(value, other));
      }),
    );
  });
}

test('an argument that expands to nothing is 0', () => {
  assert.equal(asked('gt', '%{tx.none}')('1'), true);
  assert.equal(asked('eq', '%{tx.none}')('x'), true);
});

test('the largest numbers that are exact', () => {
  for (const number of [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER - 9])
    assert.equal(leadingNumber(String(number)), number);
});

test('a MiB of digits or of blanks comes to an end', () => {
  assert.equal(leadingNumber('9'.repeat(2 ** 20)), Number.MAX_SAFE_INTEGER);
  assert.equal(leadingNumber(`${' '.repeat(2 ** 20)}7`), 7);
});
