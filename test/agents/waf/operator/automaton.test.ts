// Many phrases at once: against a search for each of them, and with work that grows with the text alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Automaton } from '../../../../agents/waf/operator/automaton.ts';

/** ASCII alone. */
const folded = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** The phrase that ends first; of those the longest, of those the first of the list. */
function naive(phrases: readonly string[], text: string): string | undefined {
  for (let end = 1; end <= text.length; end += 1) {
    const ending = phrases.filter((phrase) => folded(text.slice(0, end)).endsWith(folded(phrase)));
    if (ending.length > 0) return ending.reduce((best, one) => (one.length > best.length ? one : best));
  }
  return undefined;
}

const few = fc.constantFrom('a', 'A', 'b', 'B', '@', '`', '\xc1', '\xe1');
const wide = fc.nat({ max: 255 }).map((code) => String.fromCharCode(code));
for (const [name, unit] of Object.entries({ few, wide })) {
  const phrase = fc.string({ unit, minLength: 1, maxLength: 6 });
  const phrases = fc.array(phrase, { minLength: 1, maxLength: 12 });
  test(`as a search for each phrase: ${name} bytes`, () => {
    fc.assert(
      fc.property(phrases, fc.string({ unit, maxLength: 40 }), fc.nat(), (all, text, pick) => {
        const automaton = new Automaton(all);
        for (const value of [text, text + all[pick % all.length], text + all[pick % all.length]!.slice(0, -1) + text]) {
          assert.equal(automaton.find(value), naive(all, value));
        }
      }),
      { numRuns: 500 },
    );
  });
}

test('a phrase inside the beginning of a longer one is found when the longer one breaks off', () => {
  const automaton = new Automaton(['abcde', 'bcx', 'cd']);
  assert.equal(automaton.find('abcx'), 'bcx');
  assert.equal(automaton.find('abcde'), 'cd');
  assert.equal(automaton.find('abc'), undefined);
});

test('case is that of ASCII, and the phrase is told as it was given', () => {
  assert.equal(new Automaton(['UnIoN']).find('a uNiOn b'), 'UnIoN');
  assert.equal(new Automaton(['\xe9']).find('\xc9'), undefined);
  assert.equal(new Automaton(['[']).find('{'), undefined);
});

test('a text of fallbacks at each byte comes to an end, and so does a long phrase', () => {
  const fallingBack = new Automaton([`${'a'.repeat(10_000)}b`, 'ab'.repeat(5000)]);
  assert.equal(fallingBack.find('a'.repeat(2 ** 20)), undefined);
  const nearMiss = `${'ab'.repeat(4999)}a`;
  assert.equal(fallingBack.find(nearMiss.repeat(100)), undefined);
  assert.equal(fallingBack.find(`${nearMiss.repeat(100)}b`)?.length, 10_000);
});
