// What is not valid matches: by hand, and against references that are as plain as the definition.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asked, problemOf } from './support.ts';

const bytes = fc.uint8Array({ maxLength: 40 }).map((some) => Buffer.from(some).toString('latin1'));
const codesOf = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')];

test('validateByteRange: single bytes and ranges, with blanks', () => {
  const matches = asked('validateByteRange', '10, 13,32 - 126');
  assert.deepEqual(['', 'abc\r\n', 'a\0', '\x7f', '\xff'].map(matches), [false, false, true, true, true]);
  assert.equal(asked('validateByteRange', '0-255')('\0\x80\xff'), false);
});

test('validateByteRange: as a list of ranges looked through for each byte', () => {
  const byte = fc.nat({ max: 255 });
  const range = fc.tuple(byte, byte).map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const);
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 5 }), bytes, (ranges, value) => {
      const written = ranges.map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`)).join(',');
      const isAllowed = (code: number) => ranges.some(([low, high]) => low <= code && code <= high);
      assert.equal(asked('validateByteRange', written)(value), !codesOf(value).every(isAllowed));
    }),
  );
});

test('validateByteRange: what is no range is refused', () => {
  for (const wrong of ['256', '9-8', 'a', '1-', '-1', '1-2-3', '', '1,,2', '0x20']) {
    assert.match(problemOf('validateByteRange', wrong), /is no range of bytes/);
  }
});

test('validateUrlEncoding: each % has two digits behind it', () => {
  const valid = ['', 'abc', '%41', 'a%20b%2F%ff', '%25%25', '%2525'];
  const broken = ['%', '%4', '%4g', '%g4', '%%41', 'a%', '%41%', '%u0041', '% 41', '%\xff\xff'];
  const matches = asked('validateUrlEncoding', '');
  assert.deepEqual(valid.filter(matches), []);
  assert.deepEqual(broken.filter(matches), broken);
});

test('validateUrlEncoding: as an expression says it', () => {
  const value = fc.string({ unit: fc.constantFrom('%', 'a', 'F', '0', 'g', '\xff'), maxLength: 12 });
  const matches = asked('validateUrlEncoding', '');
  fc.assert(fc.property(value, (text) => assert.equal(matches(text), !/^(?:[^%]|%[0-9A-Fa-f]{2})*$/.test(text))));
});

test('validateUtf8Encoding: too short, too long, surrogates, past the end', () => {
  const valid = ['', 'abc', '\xc3\xa9', '\xe2\x82\xac', '\xf0\x9f\x98\x80', '\xf4\x8f\xbf\xbf', '\xed\x9f\xbf'];
  const broken = ['\x80', '\xc3', '\xc3\x28', '\xc0\xaf', '\xc1\x81', '\xe0\x80\xaf', '\xf0\x80\x80\xaf', '\xe2\x82'];
  const outside = ['\xed\xa0\x80', '\xed\xbf\xbf', '\xf4\x90\x80\x80', '\xf5\x80\x80\x80', '\xfe', '\xff'];
  const matches = asked('validateUtf8Encoding', '');
  assert.deepEqual(valid.filter(matches), []);
  assert.deepEqual([...broken, ...outside].filter(matches), [...broken, ...outside]);
});

/** Table 3-7 of the Unicode standard. */
function isWellFormed(codes: readonly number[]): boolean {
  for (let at = 0; at < codes.length; ) {
    const length = lengthAt(codes, at);
    if (length === 0) return false;
    at += length;
  }
  return true;
}

function lengthAt(codes: readonly number[], at: number): number {
  const lead = codes[at]!;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let index = 1; index < length; index += 1) {
    const code = codes[at + index] ?? 0;
    const [least, most] = index === 1 ? [low, high] : [0x80, 0xbf];
    if (code < least || code > most) return 0;
  }
  return length;
}

test('validateUtf8Encoding: as the table of the standard', () => {
  const matches = asked('validateUtf8Encoding', '');
  const point = fc.nat({ max: 0x10ffff }).map((code) => String.fromCodePoint(code)); // a lone surrogate is U+FFFD
  const text = fc.array(point, { maxLength: 8 }).map((some) => Buffer.from(some.join('')).toString('latin1'));
  const edge = fc.constantFrom('\xe0', '\xed', '\xf0', '\xf4', '\x80', '\x8f', '\x90', '\x9f', '\xa0', '\xbf', '\xc2');
  const value = fc.oneof(text, bytes, fc.string({ unit: edge, maxLength: 5 }));
  fc.assert(
    fc.property(value, (some) => assert.equal(matches(some), !isWellFormed(codesOf(some)))),
    { numRuns: 300 },
  );
});

test('a MiB of near misses comes to an end', () => {
  assert.equal(asked('validateUrlEncoding', '')('%41'.repeat(2 ** 18)), false);
  assert.equal(asked('validateUtf8Encoding', '')('\xf0\x9f\x98\x80'.repeat(2 ** 18)), false);
  assert.equal(asked('validateByteRange', '1-255')('a'.repeat(2 ** 20)), false);
});
