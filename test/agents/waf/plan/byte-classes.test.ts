// Kinds of bytes: every byte has one bit, and the two halves make one number that tells them apart.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, everyByte, highBits, keyOf, lowBits, maskOf } from '../../../../agents/waf/plan/byte-classes.ts';

test('each byte has one bit in one half', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    const [low, high] = [lowBits[byte] ?? 0, highBits[byte] ?? 0];
    assert.equal(low.toString(2).replaceAll('0', '') + high.toString(2).replaceAll('0', ''), '1', String(byte));
    assert((low & everyByte.low) === low && (high & everyByte.high) === high);
  }
});

test('signs stand alone, letters of a case together', () => {
  const key = (text: string): number => {
    const { low, high } = maskOf(bytesOf(text));
    return keyOf(low, high);
  };
  const signs = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ ';
  assert.equal(
    new Set([...signs, 'a', 'A', '0', '\0', '\n', '\x01', '\x80', '\xa0', '\xff'].map(key)).size,
    signs.length + 9,
  );
  assert.equal(key('a'), key('z'));
  assert.notEqual(key('a<'), key('a'));
});
