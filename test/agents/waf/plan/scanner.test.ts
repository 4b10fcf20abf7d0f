// The scanner finds for any texts and any value what a search for each text would find, without regard to case.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, maskOf } from '../../../../agents/waf/plan/byte-classes.ts';
import { Scanner } from '../../../../agents/waf/plan/scanner.ts';

const piece = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'ba', '<', '\xe9'), { minLength: 1, maxLength: 4 })
  .map((all) => all.join(''));
const text = piece.map((one) => (one.length > 1 ? one : one + one));
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
      for (const one of values) {
        scanner.scan(one);
        const expected = [0, 1, 2, 3, 4].filter((clause) =>
          texts.some((wanted, index) => index % 5 === clause && lower(one).includes(wanted)),
        );
        assert.deepEqual([...scanner.hits.slice(0, scanner.hitCount)].sort(), expected);
        for (let clause = 0; clause < 5; clause += 1) assert.equal(scanner.hasHit(clause), expected.includes(clause));
        assert.deepEqual({ low: scanner.low, high: scanner.high }, maskOf(bytesOf(one)));
      }
    }),
  );
});
