// The classes of bytes are those of C, and what is past the end of a value is in none of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as bytes from '../../../../agents/waf/transform/bytes.ts';

const classes: readonly [string, (byte: number) => boolean, RegExp][] = [
  ['space', bytes.isSpace, /[ \t\n\v\f\r]/],
  ['digit', bytes.isDigit, /[0-9]/],
  ['octal', bytes.isOctal, /[0-7]/],
  ['letter', bytes.isLetter, /[A-Za-z]/],
  ['letter or digit', bytes.isLetterOrDigit, /[A-Za-z0-9]/],
  ['hexadecimal', bytes.isHex, /[0-9A-Fa-f]/],
];

for (const [name, isOne, pattern] of classes) {
  test(`${name}: every byte, and none behind the end`, () => {
    for (let byte = 0; byte < 256; byte += 1)
      assert.equal(isOne(byte), pattern.test(String.fromCharCode(byte)), `${byte}`);
    assert.equal(isOne(Number.NaN), false);
  });
}

test('two digits are a byte, full width is ASCII', () => {
  assert.equal(bytes.hexPair(0x46, 0x61), 0xfa);
  assert.equal(bytes.fullWidth(0x66, 0x46, 0x1c), 0x3c);
  assert.equal(bytes.fullWidth(0x66, 0x30, 0x1c), 0x1c);
  assert.equal(bytes.fullWidth(0x66, 0x66, 0x5f), 0x5f);
});

test('a transformation by bytes drops what becomes nothing', () => {
  assert.equal(bytes.byteByByte('x', (byte) => (byte === 0x61 ? -1 : byte)).apply('aba'), 'b');
  assert.equal(bytes.whereFound('x', ['q'], () => 'found').apply('b'), 'b');
});

test('capitals of ASCII become small at every length and place, and nothing else does', () => {
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');
  const expected = everyByte.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  for (let from = 0; from < 256; from += 1) {
    for (const length of [1, 7, 16, 17, 18, 19, 20, 60, 256]) {
      const text = everyByte.slice(from, from + length);
      assert.equal(bytes.asciiLower(text), expected.slice(from, from + length), `${from} ${length}`);
    }
  }
});
