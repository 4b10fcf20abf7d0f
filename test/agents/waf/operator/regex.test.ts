// Regular expressions on bytes: flags, groups, all matches, macros, and what is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asked, capturesOf, contextOf, operatorOf, problemOf } from './support.ts';

const cases: readonly [expression: string, value: string, matches: boolean][] = [
  ['a.c', 'a\nc', true], // a point is any byte
  ['^a$', 'a\n', false], // `$` is the very end
  ['^b', 'a\nb', false], // and `^` the very beginning
  ['abc', 'ABC', false],
  ['(?i)abc', 'xABCx', true],
  ['^$', '', true],
  ['', 'x', true],
  ['^.$', '\xff', true], // one byte is one character
  ['^..$', '\xc3\xa9', true],
  ['\\xe9', 'caf\xe9', true],
  ['[\\x80-\\xff]', 'abc\x80', true],
  ['[\\x80-\\xff]', 'abc\x7f', false],
  ['(?i)\\xe9', '\xc9', false], // case is that of ASCII
  ['a\\x00b', 'a\0b', true],
];
for (const [expression, value, matches] of cases) {
  for (const name of ['rx', 'rxGlobal']) {
    const title = `@${name} ${expression} | ${JSON.stringify(value)}`;
    test(title, () => assert.equal(asked(name, expression)(value), matches));
  }
}

test('rx captures the whole and its groups, those that took no part too', () => {
  assert.deepEqual(capturesOf('rx', '(a)|(b)(c)?', 'xb'), ['b', undefined, 'b', undefined]);
  assert.deepEqual(capturesOf('rx', '(\\xc3.)', 'x\xc3\xa9'), ['\xc3\xa9', '\xc3\xa9']);
  assert.equal(capturesOf('rx', '(.)'.repeat(12), 'abcdefghijklm')?.length, 10);
  assert.deepEqual(operatorOf('rx', '(a)').match('a', contextOf({}), false), { captures: [] });
});

test('rx captures the same of long values, asked for the first time or again', () => {
  for (const expression of ['b+', '(b)(c)?', '(?:b)(?:c)?']) {
    const operator = operatorOf('rx', expression);
    for (const length of [0, 2047, 2048, 3000]) {
      for (const end of ['b', 'bc', 'd']) {
        const short = operatorOf('rx', expression).match(end, contextOf({}), true);
        assert.deepEqual(
          operator.match(`${'a'.repeat(length)}${end}`, contextOf({}), true),
          short,
          `${expression} ${end}`,
        );
      }
    }
  }
});

test('rxGlobal captures every match, ten places at most', () => {
  assert.deepEqual(capturesOf('rxGlobal', '\\d(a)?', '1a 2'), ['1a', 'a', '2', undefined]);
  assert.equal(capturesOf('rxGlobal', '(.)', 'abcdefghijk')?.length, 10);
  assert.equal(capturesOf('rxGlobal', 'x', 'abc'), undefined);
});

test('rxGlobal meets an empty match once for each byte and once at the end', () => {
  assert.deepEqual(capturesOf('rxGlobal', 'x*', 'ab'), ['', '', '']);
  assert.deepEqual(capturesOf('rxGlobal', 'x*', '\xe9'), ['', '']);
  assert.deepEqual(capturesOf('rxGlobal', 'x*', '\xe9x\xff'), ['', 'x', '', '']);
  assert.deepEqual(capturesOf('rxGlobal', 'x*', ''), ['']);
});

test('rxGlobal begins anew with each value', () => {
  const operator = operatorOf('rxGlobal', 'a');
  for (const value of ['xxa', 'a', 'xxxxa']) {
    assert.deepEqual(operator.match(value, contextOf({}), false), { captures: [] }, value);
    assert.deepEqual(operator.match(value, contextOf({}), true), { captures: ['a'] }, value);
  }
});

test('rxGlobal finds every match of an expression that looks around or refers back', () => {
  assert.deepEqual(capturesOf('rxGlobal', '\\d(?!x)', '1x2 3x4'), ['2', '4']);
  assert.deepEqual(capturesOf('rxGlobal', '(\\w)\\1', 'aab bbc'), ['aa', 'a', 'bb', 'b']);
  assert.deepEqual(capturesOf('rxGlobal', '(?=a)', 'aba'), ['', '']);
  assert.equal(capturesOf('rxGlobal', '.(?=.)', 'abcdefghijklmn')?.length, 10);
  assert.equal(asked('rxGlobal', 'a(?!b)')('abab'), false);
});

test('macros in what RE2 does not take are refused on load, and what they stand for can only be too large', () => {
  assert.match(problemOf('rx', '(?!a)%{tx.a}'), /look/);
  assert.match(problemOf('rxGlobal', '(%{tx.a})\\1'), /refer/);
  assert.equal(asked('rx', '^%{tx.none}+$')(''), true);
  assert.throws(() => asked('rx', '(?:%{tx.a}){1000}', { a: 'x'.repeat(1000) })('x'), /cannot be run/);
  assert.throws(() => asked('rx', '%{tx.a}', { a: 'x'.repeat(1025) })('x'), /too long/);
});

const bytes = fc.uint8Array({ maxLength: 12 }).map((some) => Buffer.from(some).toString('latin1'));

test('what a macro stands for is searched for as it is', () => {
  fc.assert(
    fc.property(bytes, bytes, (value, needle) => {
      const variables = { needle };
      assert.equal(asked('rx', '^%{tx.needle}$', variables)(value), value === needle);
      assert.deepEqual(capturesOf('rx', '%{tx.needle}', `${value}${needle}`, variables), [needle]);
    }),
  );
  assert.equal(asked('rx', '^%{tx.a}+$', { a: '.*' })('abc'), false);
});

test('more different macros than expressions are kept', () => {
  const operator = operatorOf('rx', '^%{tx.a}$');
  for (const a of [...Array(40).keys(), ...Array(40).keys()].map(String)) {
    assert.notEqual(operator.match(a, contextOf({ a }), false), undefined);
    assert.equal(operator.match(`${a}x`, contextOf({ a }), false), undefined);
  }
});

test('looking around and references back are matched all the same', () => {
  assert.equal(asked('rx', 'a(?!b)')('ab'), false);
  assert.equal(asked('rx', 'a(?!b)')('ac'), true);
  assert.deepEqual(capturesOf('rx', '(.)\\1', 'abb'), ['bb', 'b']);
});

test('what is no expression is refused', () => {
  for (const wrong of ['(', '[a', 'a**b(', '*a']) assert.notEqual(problemOf('rx', wrong), '');
});

test('a MiB that makes others backtrack comes to an end', () => {
  assert.equal(asked('rx', '^(a+)+$')(`${'a'.repeat(2 ** 20)}b`), false);
  assert.equal(asked('rx', '(?:a|a)*(?:a|aa)+c$')('a'.repeat(2 ** 20)), false);
});
