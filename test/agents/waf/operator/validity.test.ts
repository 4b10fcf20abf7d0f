// Bytes out of range, broken escapes, broken UTF-8.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { matches, problemOf } from '../operators.ts';

test('bytes outside of every range', () => {
  assert.equal(matches('validateByteRange', '32, 65-90', 'A Z'), false);
  assert.equal(matches('validateByteRange', '32, 65-90', 'A z'), true);
  assert.equal(matches('validateByteRange', '1-255', 'a\0'), true);
  assert.equal(matches('validateByteRange', '0-255', '\0\xff'), false);
  for (const wrong of ['', 'a', '1-', '300', '9-1', '1 2'])
    assert.match(problemOf('validateByteRange', wrong), /no range of bytes/);
});

test('escapes of URLs', () => {
  assert.equal(matches('validateUrlEncoding', '', 'a%41b%e9'), false);
  for (const broken of ['%', '%4', '%zz', '%41%4g', 'a%%41'])
    assert.equal(matches('validateUrlEncoding', '', broken), true, broken);
});

test('UTF-8', () => {
  for (const broken of ['\xff', '\xc3', '\xc0\xaf', '\xed\xa0\x80', '\xf4\x90\x80\x80', '\x80']) {
    assert.equal(matches('validateUtf8Encoding', '', `a${broken}`), true);
  }
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(matches('validateUtf8Encoding', '', Buffer.from(text, 'utf8').toString('latin1')), false);
    }),
  );
});
