// What a value must hold: for expressions of every shape, and values made to match them, no clause is ever missing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileExpression } from '../../../../agents/waf/compile/regex.ts';
import { type Clause, startMark } from '../../../../agents/waf/plan/clause.ts';
import { requiredBy as requiredIn, treeOf } from '../../../../agents/waf/plan/required.ts';
import { shortestMatch } from '../../../../agents/waf/plan/shortest.ts';

const requiredBy = (source: string): readonly Clause[] => requiredIn(treeOf(source));

const texts = (clauses: readonly Clause[]): string[][] => clauses.map((clause) => [...clause.texts].sort());
const letters = (clauses: readonly Clause[]): string[] =>
  clauses.map(({ bytes }) => [...bytes].map((byte) => String.fromCharCode(byte)).join(''));

test('texts of a word, of alternatives, and of what may stand between letters', () => {
  assert.deepEqual(texts(requiredBy('Union\\s+Select')), [['select'], ['union']]);
  assert.deepEqual(texts(requiredBy('(?:cat|dog)s')), [['cats', 'dogs']]);
  const [evasive] = requiredBy(`c["'\\\\]*a["'\\\\]*t`);
  assert.deepEqual(
    [[...(evasive?.texts ?? [])], letters(evasive === undefined ? [] : [evasive])],
    [['cat'], ['"\'\\']],
  );
});

test('what stands before texts too many to list, and a pair of what stands twice', () => {
  const names = Array.from({ length: 200 }, (_, at) => `n${at}`).join('|');
  const rare = requiredBy(`eval\\(|process\\.(?:(?:${names})(?:sync)?\\(|env)`);
  assert.deepEqual(texts(rare), [['eval(', 'process.']]);
  assert.deepEqual(texts(requiredBy('(?:\\.|%2e){2,3}')), [['%2e%2e', '%2e.', '.%2e', '..']]);
});

test('a byte, an optional part, and what says nothing', () => {
  assert.deepEqual(letters(requiredBy('<[a-z]*>')).sort(), ['<', '>']);
  assert.deepEqual(requiredBy('a?b*'), []);
  assert.deepEqual(requiredBy('^.*$'), []);
  assert.deepEqual(texts(requiredBy('^cat.')), [[`${startMark}cat`]]);
  assert.deepEqual(requiredBy('(?:^|<)[^a]'), []); // every value has a beginning
  assert.deepEqual(requiredBy('(?:foo|)'), []);
  assert.deepEqual(requiredBy('(?(1)a|b)'), []); // not understood
});

const atom = fc.constantFrom(
  'a',
  'B',
  'c',
  '<',
  "'",
  '\\.',
  '[ab]',
  '[^a]',
  '\\s',
  '\\d',
  '.',
  '\\b',
  '^',
  '(?i:sel)',
  '[a-z]',
  '\\xe9',
);
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    atom,
    fc.tuple(tie('expression'), tie('expression')).map(([one, other]) => one + other),
    fc.tuple(tie('expression'), tie('expression')).map(([one, other]) => `(?:${one}|${other})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,3}', '*?', '{3,}'))
      .map(([one, times]) => `(?:${one})${times}`),
    fc.tuple(tie('expression')).map(([one]) => `(${one})`),
  ),
}));

const value = fc
  .array(
    fc.constantFrom('a', 'b', 'A', 'B', 'c', 'C', '<', "'", '.', ' ', '1', 'sel', 'SEL', '\xe9', '\xc9', '\n', 'z'),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

/** As the scanner looks at it. */
function holds(text: string, { texts: wanted, bytes }: Clause): boolean {
  const lower = startMark + text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return (
    [...wanted].some((one) => lower.includes(one)) ||
    [...bytes].some((byte) => text.includes(String.fromCharCode(byte)))
  );
}

test('whatever matches holds something of each clause', () => {
  let matches = 0;
  fc.assert(
    fc.property(expression, fc.boolean(), fc.array(value, { maxLength: 20 }), (source, folds, values) => {
      const written = folds ? `(?i)${source}` : source;
      const compiled = compileExpression(written);
      if ('fault' in compiled) return;
      const clauses = requiredBy(written);
      const operator = { facts: { kind: 'expression', source: written }, match: () => undefined } as const;
      const shortest = shortestMatch(operator, treeOf(written));
      for (const text of values) {
        if (!compiled.test(text)) continue;
        matches += 1;
        assert(text.length >= shortest, JSON.stringify([written, text, shortest]));
        for (const clause of clauses)
          assert(holds(text, clause), JSON.stringify([written, text, texts(clauses), letters(clauses)]));
      }
    }),
    { numRuns: 300 },
  );
  assert(matches > 100, String(matches));
});
