// Values as UTF-8 for RE2: the same bytes as Node makes of them, whatever came before, and of every length.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesForRe2 } from '../../../../agents/waf/operator/utf8-bytes.ts';
import { byteStrings } from '../reference.ts';

const isSame = (value: string): boolean => bytesForRe2(value).equals(Buffer.from(value, 'utf8'));

test('any values, one after the other and the same again', () => {
  fc.assert(fc.property(fc.array(byteStrings), (values) => values.every((value) => isSame(value) && isSame(value))));
});

test('every length up to where a value gets a buffer of its own, and past it', () => {
  for (const sign of ['a', '\xe9']) {
    for (let length = 0; length < 40; length += 1) assert.ok(isSame(sign.repeat(length)), `${sign} ${length}`);
    for (const length of [4095, 4096, 8191, 8192, 8193, 65_535, 65_536, 65_537, 131_072, 131_073]) {
      assert.ok(isSame(sign.repeat(length)), `${sign} ${length}`);
    }
  }
});

test('a value of the same length as the one before is written anew', () => {
  assert.ok(isSame('abc'));
  assert.ok(isSame('abd'));
  assert.ok(isSame('ab\xff'));
  assert.ok(isSame('abc\xff'.repeat(1000)));
  assert.ok(isSame('abd\xff'.repeat(1000)));
});
