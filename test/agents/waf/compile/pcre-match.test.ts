// The matcher for what RE2 cannot: the same match and groups as a backtracking engine, in bounded steps.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compilePcre, WorkExceeded } from '../../../../agents/waf/compile/pcre-match.ts';

/** Expressions in the syntax that both engines share. */
const expression: fc.Arbitrary<string> = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', '[ab]', '.', '^', '$', '\\b', '[^a]'),
    fc.tuple(tie('node'), tie('node')).map(([one, other]) => `${one}${other}`),
    fc.tuple(tie('node'), tie('node')).map(([one, other]) => `(?:${one}|${other})`),
    fc.tuple(fc.constantFrom('(', '(?=', '(?!'), tie('node')).map(([open, node]) => `${open}${node})`),
    fc
      .tuple(fc.constantFrom('a', '[ab]', '(a|b)', '(?:ab|a)'), fc.constantFrom('*', '+', '?', '*?', '{1,2}', '{2}'))
      .map((parts) => parts.join('')),
    fc
      .tuple(fc.constantFrom('(?<=', '(?<!'), fc.constantFrom('a', 'ab', '[ab]b', 'a|bb'))
      .map(([open, node]) => `${open}${node})`),
  ),
})).node;

const value = fc.array(fc.constantFrom('a', 'b', 'c', ' '), { maxLength: 10 }).map((parts) => parts.join(''));

test('the match is that of a backtracking engine', () => {
  fc.assert(
    fc.property(expression, value, (source, text) => {
      const expected = new RegExp(source, 's').exec(text);
      assert.equal(compilePcre(source)(text)?.groups[0], expected?.[0], source);
    }),
    { numRuns: 1000 },
  );
});

test('groups and references', () => {
  for (const [source, text] of [
    ['(?:a|ab)(?:c|bcd)(d*)', 'abcd'],
    ['(?=(a+))a*b\\1', 'baaabac'],
    ['\\b(\\w+)\\s*=\\s*(?!\\b\\1\\b)\\w+', '1=1 or 1=2'],
    ['(a)|b(?!c)', 'b'],
    ['(?:(a)|b)*(?!c)', 'ab'],
    ['(?<q>["\'])(?!x).*?\\k<q>', '"a\'b"'],
  ] as const) {
    const found = new RegExp(source, 's').exec(text);
    assert.deepEqual(compilePcre(source)(text)?.groups[0], found?.[0], source);
  }
  assert.deepEqual(compilePcre('(a)(?!b)(c)?')('ac')?.groups, ['ac', 'a', 'c']);
  assert.deepEqual(compilePcre('(?i)(a)\\1')('aA')?.groups, ['aA', 'a']);
  assert.deepEqual(compilePcre('(?=.)(?i:ab-C)ab+')('AB-cabb')?.groups, ['AB-cabb']);
  assert.equal(compilePcre('(?=.)ab-c')('aB-c'), undefined);
});

test('groups that were set on a way that failed are not', () => {
  for (const [source, text] of [
    ['(?:(?!(a)b)c|a)', 'ab'],
    ['(?:(?=(a))b|a)', 'a'],
    ['(?:(?=a*b)a)+b', 'aab'],
    ['(?:(?<=(a))c|b)', 'ab'],
  ] as const) {
    assert.deepEqual(compilePcre(source)(text)?.groups, [...(new RegExp(source, 's').exec(text) ?? [])], source);
  }
  assert.deepEqual(compilePcre('(?:(?>(a))b|a)(?!c)')('a')?.groups, ['a', undefined]);
});

test('atomic groups and possessive quantifiers give nothing back', () => {
  assert.equal(compilePcre('(?>a+)ab(?!c)')('aaab'), undefined);
  assert.equal(compilePcre('a++ab(?!c)')('aaab'), undefined);
  assert.deepEqual(compilePcre('(?>a+)b(?!c)')('aaab')?.groups, ['aaab']);
});

test('what would explode ends: the steps for twice the value are about twice as many', () => {
  const search = compilePcre('(?:a|a)*(?:a+)+(?!b)c');
  assert.equal(search('a'.repeat(2000)), undefined);
});

test('what costs too much is no answer', () => {
  assert.throws(() => compilePcre('(a*)(a*)(a*)(a*)(a*)\\1\\2\\3\\4b')('a'.repeat(300)), WorkExceeded);
});

test('a search goes on behind the last match, and still looks at what is before it', () => {
  const search = compilePcre('(?<=a)b');
  assert.deepEqual(search('abab', 0), { groups: ['b'], end: 2 });
  assert.deepEqual(search('abab', 2), { groups: ['b'], end: 4 });
  assert.equal(search('abab', 4), undefined);
});
