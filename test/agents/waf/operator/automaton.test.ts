// The automaton against a search phrase by phrase.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Automaton } from '../../../../agents/waf/operator/automaton.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'B', 'b', 'c', '\xff'), maxLength: 30 });
const phrase = fc.string({ unit: fc.constantFrom('a', 'b', 'C', '\xff'), minLength: 1, maxLength: 5 });

test('the phrase that ends first, the longest of those', () => {
  fc.assert(
    fc.property(fc.array(phrase, { minLength: 1, maxLength: 8 }), text, (phrases, value) => {
      const found = new Automaton(phrases).find(value);
      assert.equal(found?.toLowerCase(), firstEnding(phrases, value));
    }),
    { numRuns: 2000 },
  );
});

test('of two that are the same, the first as it was given', () => {
  assert.equal(new Automaton(['Ab', 'AB']).find('xab'), 'Ab');
});

test('phrases that share much, in a long text of near misses', () => {
  const phrases = Array.from({ length: 500 }, (_, index) => `${'a'.repeat(index + 1)}b`);
  assert.equal(new Automaton(phrases).find('a'.repeat(100_000)), undefined);
  assert.equal(new Automaton(phrases).find(`${'a'.repeat(100_000)}B`), phrases.at(-1));
});

function firstEnding(phrases: readonly string[], value: string): string | undefined {
  const lower = value.toLowerCase();
  for (let end = 1; end <= lower.length; end += 1) {
    const ending = phrases.map((one) => one.toLowerCase()).filter((one) => lower.slice(0, end).endsWith(one));
    if (ending.length > 0) return ending.toSorted((one, other) => other.length - one.length)[0];
  }
  return undefined;
}
