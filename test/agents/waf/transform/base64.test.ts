// Base64 that is whole, broken off, and full of other signs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { base64Decode, base64DecodeExt, base64Encode } from '../../../../agents/waf/transform/base64.ts';
import { byteStrings } from '../reference.ts';

test('the plain one ends at the first sign that is no digit', () => {
  assert.equal(base64Decode.apply('VGVzdENhc2U='), 'TestCase');
  assert.equal(base64Decode.apply('VGVzd-ENhc2U'), 'Tes');
  assert.equal(base64Decode.apply('VGVz dENhc2U'), 'Tes');
  assert.equal(base64Decode.apply('V'), '');
});

test('the other one steps over them, and ends at a zero byte', () => {
  assert.equal(base64DecodeExt.apply('V-G V\nz.dENhc2U='), 'TestCase');
  assert.equal(base64DecodeExt.apply('VGVz\0dENhc2U='), 'Tes');
  assert.equal(base64DecodeExt.apply('VGVzd=E'), '');
});

test('what is encoded is decoded to itself by both', () => {
  fc.assert(
    fc.property(byteStrings, (text) => {
      assert.equal(base64Decode.apply(base64Encode.apply(text)), text);
      assert.equal(base64DecodeExt.apply(base64Encode.apply(text)), text);
    }),
  );
});
