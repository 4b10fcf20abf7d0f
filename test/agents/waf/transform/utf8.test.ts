// Sequences of UTF-8 that are right, cut, overlong, and what they become behind `urlDecodeUni`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8toUnicode } from '../../../../agents/waf/transform/utf8.ts';
import { anyCharacter } from '../../../support/characters.ts';

test('each sequence becomes its code in four digits or more', () => {
  assert.equal(utf8toUnicode.apply('a\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80'), 'a%u00e9%u4f60%u1f600');
});

test('what is cut loses its lead, an overlong one keeps it behind its code, a zero byte goes', () => {
  assert.equal(utf8toUnicode.apply('a\xc3b\xa9\0'), 'ab\xa9');
  assert.equal(utf8toUnicode.apply('\xc0\xaf'), '%u002f\xc0');
});

test('any text of Unicode becomes ASCII', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), (text) => {
      const bytes = Buffer.from(text, 'utf8').toString('latin1');
      assert(Buffer.from(utf8toUnicode.apply(bytes), 'latin1').every((byte) => byte < 0x80));
    }),
  );
});
