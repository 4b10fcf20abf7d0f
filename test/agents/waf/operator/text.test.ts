// Comparison of texts: case, empty texts, words, macros.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { captures, matches } from '../operators.ts';
import { byteStrings } from '../reference.ts';

const cases: readonly [string, string, string, boolean][] = [
  ['contains', 'b\xff', 'ab\xffc', true],
  ['contains', 'B', 'abc', false],
  ['contains', '', '', true],
  ['beginsWith', 'ab', 'abc', true],
  ['beginsWith', 'bc', 'abc', false],
  ['endsWith', 'bc', 'abc', true],
  ['endsWith', 'ab', 'abc', false],
  ['streq', 'abc', 'abc', true],
  ['streq', 'abc', 'ABC', false],
  ['streq', 'abc', 'abc\0', false],
  ['within', 'GET POST', 'POST', true],
  ['within', 'GET POST', 'PUT', false],
  ['within', 'GET', '', true],
  ['containsWord', 'select', 'union select 1', true],
  ['containsWord', 'select', 'selects select_1 xselect', false],
  ['containsWord', 'select', 'selects,select', true],
  ['containsWord', '', 'x', true],
  ['strmatch', 'a|20 42|c', 'xa Bcx', true],
  ['strmatch', 'a|20 42|c', 'xa bcx', false],
];

for (const [name, argument, value, isMatch] of cases) {
  test(`@${name} ${argument}: ${value}`, () => assert.equal(matches(name, argument, value), isMatch));
}

test('macros are expanded', () => {
  assert.equal(matches('within', '%{methods} PUT', 'POST', { methods: 'GET POST' }), true);
  assert.equal(matches('endsWith', '.%{host}', 'a.example', { host: 'example' }), true);
  assert.deepEqual(captures('streq', '%{x}', 'y', { x: 'y' }), []);
});

test('long texts are found where includes finds them', () => {
  const few = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 700 });
  fc.assert(
    fc.property(few, few, byteStrings, (needle, before, after) => {
      const text = before + needle + after;
      assert.equal(matches('contains', '%{x}', text, { x: needle }), true);
      assert.equal(matches('contains', '%{x}', before, { x: `${needle}a` }), before.includes(`${needle}a`));
    }),
  );
});
