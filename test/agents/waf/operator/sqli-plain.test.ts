// What is said to be plain is no attack to those who read it properly, whatever stands in it and behind it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sqliFingerprint } from '../../../../agents/waf/operator/sqli.ts';
import { sqlFingerprints } from '../../../../agents/waf/operator/sqli-fingerprints.ts';
import { isPlain } from '../../../../agents/waf/operator/sqli-plain.ts';
import { wordFilter } from '../../../../agents/waf/operator/sqli-word-filter.ts';
import { sqlWords } from '../../../../agents/waf/operator/sqli-words.ts';
import { byteStrings } from '../reference.ts';

const filter = wordFilter(sqlWords.keys());

/** Without a look at whether it is plain. */
const readProperly = (text: string): string | undefined =>
  sqliFingerprint(text, {
    lookUp: (word) => sqlWords.get(word),
    isListed: (fingerprint) => sqlFingerprints.has(fingerprint.toUpperCase()),
  });

for (const text of [
  '',
  '4821',
  'winter jacket',
  '2026-11-12T12:00:00Z',
  'https://www.example.com/blue/12?a=b',
  'json.items.0.name',
  '5f3a9c0x12',
  'a, b & c | d - e',
  'one two three four five six seven eight nine or 1=1',
]) {
  test(`plain: ${text}`, () => assert.ok(isPlain(text, filter)));
}

for (const text of [
  'a or b',
  '10or 20',
  'order by',
  'a -- b',
  'a /* b',
  'a && b',
  'a || b',
  'x#',
  "o'clock",
  '"',
  '(a)',
  'sys.stragg',
  'select.x',
  '@a',
  'a;b',
  'acce\xdfible',
  'one two three four five six seven eight nine "',
]) {
  test(`to be read: ${text}`, () => assert.ok(!isPlain(text, filter)));
}

const keys = [...sqlWords.keys()];
const pieces = fc.oneof(
  fc.constantFrom(...'abc foo bar the winter user x1 a.b 12 1.5 .5 . 1e 1e5 0x 0x1f 0b1 10d 1fu'.split(' ')),
  fc.constantFrom(...'- + * / % ^ ~ ! & | < > = : , ? :: <=> := != -- && || /* */ # ; ( ) @ $ \\ [ ] { } `'.split(' ')),
  fc.constantFrom(...keys).map((word) => word.toLowerCase()),
  byteStrings.map((text) => text.slice(0, 2)),
);
const harmless = fc.constantFrom(
  ...'abc foo bar the winter x1 a.b 12 1.5 .5 . 1e 1e5 0x1f - + * / % ^ ~ ! & | < > = : , ? :: <=> :='.split(' '),
);
const joined = (one: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(fc.tuple(one, fc.constantFrom('', ' ', ' ', '\t')), { maxLength: 40 }).map((all) => all.flat().join(''));

test('what is plain is no attack, and both ways lead to the same', () => {
  let plain = 0;
  const check = (text: string): void => {
    const fingerprint = readProperly(text);
    assert.equal(sqliFingerprint(text), fingerprint);
    if (!isPlain(text, filter)) return;
    plain += 1;
    assert.equal(fingerprint, undefined);
  };
  const texts = fc.oneof(
    joined(pieces),
    joined(harmless),
    fc.tuple(joined(harmless), joined(pieces)).map((both) => both.join(' ')),
  );
  fc.assert(fc.property(texts, check), { numRuns: 1500 });
  assert.ok(plain > 100, `${plain} of them`);
});
