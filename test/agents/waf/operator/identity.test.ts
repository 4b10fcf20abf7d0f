// Numbers that are right, wrong by one digit, within longer ones, and a text full of candidates.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asked, capturesOf, problemOf } from './support.ts';

const cases: readonly [string, string, string, boolean][] = [
  ['verifyCC', '\\d{13,16}', 'card 4111111111111111.', true],
  ['verifyCC', '\\d{16}', 'card 4111111111111112.', false],
  ['verifyCC', '(?:\\d{4}-?){4}', '4111-1111-1111-1111', true],
  ['verifyCC', '\\d{16}', '94111111111111111', true], // one byte behind the first candidate
  ['verifyCC', 'x', 'x', false], // no digits
  ['verifyCC', '\\xff\\d{16}|\\xff', '\xff\xff4111111111111111', true],
  ['verifyCPF', '[\\d.-]+', '529.982.247-25', true],
  ['verifyCPF', '[\\d.-]+', '529.982.247-26', false],
  ['verifyCPF', '\\d+', '11111111111', false],
  ['verifyCPF', '\\d+', '01234567890', false],
  ['verifySSN', '\\d{3}-\\d{2}-\\d{4}', '078-05-1120', true],
  ['verifySSN', '\\d{3}-\\d{2}-\\d{4}', '000-05-1120', false],
  ['verifySSN', '\\d{3}-\\d{2}-\\d{4}', '666-05-1120', false],
  ['verifySSN', '\\d{3}-\\d{2}-\\d{4}', '740-05-1120', false],
  ['verifySSN', '\\d{9}', '123456789', false],
  ['verifySVNR', '\\d{10}', '1237010180', true],
  ['verifySVNR', '\\d{10}', '1238010180', false],
];

for (const [name, expression, value, isMatch] of cases) {
  test(`@${name} ${value}`, () => assert.equal(asked(name, expression)(value), isMatch));
}

test('the number is captured', () => {
  assert.deepEqual(capturesOf('verifyCC', '(\\d{4})\\d{12}', 'x4111111111111111'), ['4111111111111111', '4111']);
});

test('a text of nothing but candidates ends', () => {
  assert.equal(asked('verifyCC', '\\d+')('1'.repeat(200_000)), true); // Luhn of so many ones is even
  assert.equal(asked('verifySSN', '\\d+')('1'.repeat(200_000)), false);
  assert.equal(asked('verifySSN', '\\d{9}')('1'.repeat(200_000)), false);
});

test('an expression that is none', () => assert.match(problemOf('verifyCC', '('), /missing/));
