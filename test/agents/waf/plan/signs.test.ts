// Whatever fulfils a clause has the signs of one of its texts, or a byte.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, everyByte, type Mask, maskOf } from '../../../../agents/waf/plan/byte-classes.ts';
import { startMark } from '../../../../agents/waf/plan/clause.ts';
import { couldMeet, signsOf } from '../../../../agents/waf/plan/signs.ts';

const piece = fc.constantFrom('a', 'bc', '(', '.', '_', ' ', '1', '\0', '\xe9');
const text = fc.array(piece, { minLength: 1, maxLength: 4 }).map((all) => all.join(''));
const clause = fc.record({
  texts: fc.uniqueArray(text, { maxLength: 5 }),
  bytes: fc.uniqueArray(fc.constantFrom('<', '(', '='), { maxLength: 2 }),
});
const noByte: Mask = { low: 0, high: 0 };

test('a value that fulfils all clauses could', () => {
  let fulfilled = 0;
  fc.assert(
    fc.property(fc.array(clause, { maxLength: 3 }), fc.array(fc.oneof(piece, text)), (clauses, pieces) => {
      const value = pieces.join('');
      const needs = clauses.map(({ texts, bytes }) => ({
        ...maskOf(bytesOf(bytes.join(''))),
        signs: signsOf(texts),
      }));
      const isFulfilled = clauses.every(({ texts, bytes }) => [...texts, ...bytes].some((one) => value.includes(one)));
      if (!isFulfilled) return;
      fulfilled += 1;
      assert(couldMeet(needs, maskOf(bytesOf(value.toUpperCase()))));
    }),
    { numRuns: 1000 },
  );
  assert(fulfilled > 100);
});

test('without the signs it could not', () => {
  const needs = [{ ...noByte, signs: signsOf(['env[', 'process.env', `${startMark}a.b[`]) }];
  for (const [value, could] of [
    ['env', false],
    ['a.b', true],
    ['x[', true],
  ] as const)
    assert.equal(couldMeet(needs, maskOf(bytesOf(value))), could, value);
  assert.equal(signsOf(['a.b[', 'a[', 'c.', 'd.']).length, 2);
  assert(couldMeet([{ ...noByte, signs: signsOf(['eval(', 'while']) }], noByte), 'letters are no signs');
  assert(!couldMeet([{ ...noByte, signs: signsOf([]) }], everyByte), 'no text, no byte');
  assert(couldMeet([], noByte));
});

test('many different signs are not told', () => {
  const texts = Array.from({ length: 33 }, (_, at) => `${'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ \x00\x07'[at % 35]}`);
  assert.deepEqual(signsOf(texts), [noByte]);
});
