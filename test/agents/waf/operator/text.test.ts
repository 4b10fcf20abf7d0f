// Comparison of texts, with the examples of the manual and with macros.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asked, problemOf } from './support.ts';

const cases: readonly [operator: string, argument: string, value: string, matches: boolean][] = [
  ['contains', 'abc', 'xabcx', true],
  ['contains', 'abc', 'xABCx', false],
  ['contains', '', '', true],
  ['contains', 'a.c', 'abc', false],
  ['beginsWith', 'GET', 'GET /', true],
  ['beginsWith', 'GET', ' GET', false],
  ['beginsWith', 'abc', 'ab', false],
  ['beginsWith', '', 'x', true],
  ['endsWith', '.php', 'a.php', true],
  ['endsWith', '.php', 'a.php5', false],
  ['endsWith', '', 'x', true],
  ['streq', 'a', 'a', true],
  ['streq', 'a', 'A', false],
  ['streq', 'a', 'a\0', false],
  ['streq', '', '', true],
  ['within', 'GET,POST,HEAD', 'POST', true],
  ['within', 'GET,POST,HEAD', 'post', false],
  ['within', 'GET,POST,HEAD', 'PUT', false],
  ['within', 'GET,POST,HEAD', '', true],
  ['within', 'GET', 'GET,POST', false],
  ['containsWord', 'foo', 'foo', true],
  ['containsWord', 'foo', 'a foo!', true],
  ['containsWord', 'foo', 'foo bar', true],
  ['containsWord', 'foo', 'bar.foo', true],
  ['containsWord', 'foo', 'foobar', false],
  ['containsWord', 'foo', 'barfoo', false],
  ['containsWord', 'foo', '_foo', false],
  ['containsWord', 'foo', 'foo1', false],
  ['containsWord', 'foo', 'foo\xe9', true], // no letter in C's own locale
  ['containsWord', 'foo', 'afoo foo', true],
  ['containsWord', '-a', 'x-a--a', true], // not the first, but the second
  ['containsWord', '', 'x', true],
  ['strmatch', 'WebZIP', 'a WebZIP/1', true],
  ['strmatch', 'WebZIP', 'a webzip/1', false],
  ['strmatch', 'a|00 ff|b', 'xa\x00\xffbx', true],
  ['strmatch', '"with blanks "', 'a with blanks b', true],
];
for (const [operator, argument, value, matches] of cases) {
  test(`@${operator} ${argument} | ${value}`, () => assert.equal(asked(operator, argument)(value), matches));
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '_', '-', '\xe9'), maxLength: 8 });

test('containsWord is a search with an end of a word on both sides', () => {
  const isWord = (sign: string): boolean => /^\w$/.test(sign);
  const naive = (value: string, word: string): boolean =>
    Array.from({ length: value.length }, (_, at) => at).some(
      (at) => value.startsWith(word, at) && !isWord(value.charAt(at - 1)) && !isWord(value.charAt(at + word.length)),
    );
  fc.assert(
    fc.property(text, text, (value, word) => {
      assert.equal(asked('containsWord', '%{tx.word}', { word })(value), word === '' || naive(value, word));
    }),
    { numRuns: 1000 },
  );
});

test('containsWord finds a long text that begins within itself', () => {
  const word = '-'.repeat(80);
  assert.equal(asked('containsWord', '%{tx.word}', { word })(`x${word}-`), true);
  assert.equal(asked('containsWord', '%{tx.word}', { word })(`x${word}`), false);
});

test('macros are filled in at each call, also between other text', () => {
  fc.assert(
    fc.property(text, text, (value, inner) => {
      const variables = { inner };
      assert.equal(asked('endsWith', '.%{tx.inner}', variables)(`${value}.${inner}`), true);
      assert.equal(asked('within', '|%{tx.inner}|', variables)(`|${inner}|`), true);
      assert.equal(asked('contains', '%{tx.inner}', variables)(value), value.includes(inner));
      assert.equal(asked('beginsWith', '%{tx.inner}', variables)(value), value.startsWith(inner));
      assert.equal(asked('streq', '%{tx.inner}', variables)(value), value === inner);
    }),
  );
});

test('strmatch reads its argument once', () => {
  assert.match(problemOf('strmatch', '%{tx.a}'), /read once, on load/);
});

test('a MiB of near misses comes to an end', () => {
  const value = 'a'.repeat(2 ** 20);
  for (const name of ['contains', 'strmatch', 'containsWord']) assert.equal(asked(name, 'aaab')(value), false, name);
  assert.equal(asked('containsWord', 'aaaa')(value), false);
});
