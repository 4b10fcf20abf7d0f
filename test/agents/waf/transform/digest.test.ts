// Known digests, as raw bytes of the bytes of a value.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { md5, sha1 } from '../../../../agents/waf/transform/digest.ts';
import { hexEncode } from '../../../../agents/waf/transform/hex.ts';

test('of nothing, of letters, of a byte above ASCII', () => {
  assert.equal(hexEncode.apply(md5.apply('')), 'd41d8cd98f00b204e9800998ecf8427e');
  assert.equal(hexEncode.apply(sha1.apply('abc')), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  assert.equal(hexEncode.apply(md5.apply('\xff')), '00594fd4f42ba43fc1ca0427a0576295');
  assert.equal(sha1.apply('abc').length, 20);
});
