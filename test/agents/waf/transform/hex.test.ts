// Hexadecimal digits, and characters that are none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hexDecode, hexEncode, sqlHexDecode } from '../../../../agents/waf/transform/hex.ts';
import { byteStrings } from '../reference.ts';

test('pairs are bytes; one alone at the end goes', () => {
  assert.equal(hexDecode.apply('414a4'), 'AJ');
  fc.assert(fc.property(byteStrings, (text) => assert.equal(hexDecode.apply(hexEncode.apply(text)), text)));
});

test("SQL's numbers become text, wherever they stand, and nothing hides behind a zero byte", () => {
  assert.equal(sqlHexDecode.apply('a 0x414243,0X4a4 0x4 0xzz 0'), 'a ABC,J4 0x4 0xzz 0');
  assert.equal(sqlHexDecode.apply('0x4100420043'), 'A\0B\0C');
});
