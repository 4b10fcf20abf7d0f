// The scanner finds for any texts and any value what a search for each text would find, without regard to case.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, maskOf } from '../../../../agents/waf/plan/byte-classes.ts';
import { startMark } from '../../../../agents/waf/plan/clause.ts';
import { textBytesMax } from '../../../../agents/waf/plan/scan-code.ts';
import { hasClause, Scanner } from '../../../../agents/waf/plan/scanner.ts';
import { wafPlanLimits } from '../../../../config/limits-waf-plan.ts';

const piece = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'ba', '<', '\xe9'), { minLength: 1, maxLength: 4 })
  .map((all) => all.join(''));
const text = fc
  .tuple(piece, fc.boolean())
  .map(([one, isAtStart]) => (isAtStart ? startMark + one : one.length > 1 ? one : one + one));
const value = fc
  .array(
    fc.oneof(
      piece,
      piece.map((one) => one.toUpperCase()),
      fc.constantFrom('x', '\0', ' '),
    ),
    { maxLength: 12 },
  )
  .map((all) => all.join(''));

const lower = (some: string): string => some.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

test('as a search for each', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), fc.array(value, { maxLength: 4 }), (texts, values) => {
      const scanner = new Scanner(
        texts.map((one, index) => ({ text: one, clause: index % 5 })),
        5,
      );
      const found = scanner.newFound();
      const interest = scanner.interestIn([0, 1, 2, 3, 4]);
      const [some, fewer] = [scanner.newFound(), scanner.interestIn([1, 3])];
      for (const one of values) {
        scanner.scan(one, found, interest);
        const expected = [0, 1, 2, 3, 4].filter((clause) =>
          texts.some((wanted, index) => index % 5 === clause && (startMark + lower(one)).includes(wanted)),
        );
        assert.deepEqual(
          [0, 1, 2, 3, 4].filter((clause) => hasClause(found, clause)),
          expected,
        );
        scanner.scan(one, some, fewer);
        for (const clause of [1, 3]) assert.equal(hasClause(some, clause), expected.includes(clause));
        assert.deepEqual({ low: found.low, high: found.high }, maskOf(bytesOf(one)));
      }
    }),
  );
});

test('wherever in a value a text stands: a value is read in halves, a long one in pieces', () => {
  const scanner = new Scanner([{ text: 'needle', clause: 0 }], 1);
  const [found, interest] = [scanner.newFound(), scanner.interestIn([0])];
  const isFound = (one: string): boolean => {
    scanner.scan(one, found, interest);
    return hasClause(found, 0);
  };
  for (const length of [6, 15, 16, 17, 40, 41]) {
    const before = 'needl'.repeat(9).slice(0, length - 6);
    for (let at = 0; at <= length - 6; at += 1)
      assert(isFound(`${before.slice(0, at)}neeDle${before.slice(at)}`), `${at} of ${length}`);
    assert(!isFound(before));
  }
  const piece = textBytesMax;
  for (const seam of [piece / 2, piece, piece + 40, 2 * piece]) {
    for (let at = seam - 7; at <= seam + 1; at += 1)
      assert(isFound(`${'n'.repeat(at)}needle${'e'.repeat(2 * piece + 80 - at)}`), `${at}`);
  }
  assert(!isFound(`<${'need'.repeat(50_000)}`));
  assert.deepEqual({ low: found.low, high: found.high }, maskOf(bytesOf('<n')));
});

test('where texts are too many for the numbers of states, they are cut and found all the same', () => {
  const texts = Array.from({ length: 9000 }, (_, at) => `${(at * 7919).toString(36)}${'x'.repeat(20)}${at}`);
  const scanner = new Scanner(
    texts.map((one, clause) => ({ text: one, clause: clause % 70 })),
    70,
  );
  assert(scanner.stateCount <= wafPlanLimits.scannerStatesMax);
  const found = scanner.newFound();
  const interest = scanner.interestIn(Array.from({ length: 70 }, (_, clause) => clause));
  for (const at of [0, 69, 8999]) {
    scanner.scan(`before ${texts[at]} behind`, found, interest);
    assert(hasClause(found, at % 70));
  }
});

test('where more bytes are wanted than there are columns, rare ones are found for each other, and none is missed', () => {
  const bytes = Array.from({ length: 200 }, (_, at) => String.fromCharCode(at + 1)).filter((one) => !/[A-Z]/.test(one));
  const texts = bytes.map((one, at) => `${one}x${bytes[(at * 7 + 1) % bytes.length]}`);
  const scanner = new Scanner(
    texts.map((one, clause) => ({ text: one, clause })),
    texts.length,
  );
  const [found, interest] = [scanner.newFound(), scanner.interestIn(texts.keys())];
  for (const [clause, one] of texts.entries()) {
    const value = `..${one.replace(/[a-z]/g, (letter) => letter.toUpperCase())}`;
    scanner.scan(value, found, interest);
    assert(hasClause(found, clause), one);
    assert.deepEqual({ low: found.low, high: found.high }, maskOf(bytesOf(value)));
  }
});
