// Bytes and escapes in phrases, and what is only similar and stands for itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { phrasePattern } from '../../../../agents/waf/operator/phrase-pattern.ts';

const cases: readonly [written: string, meant: string][] = [
  ['abc', 'abc'],
  [' abc ', 'abc'],
  ['" abc "', ' abc '],
  ['"', '"'],
  ['""', ''],
  ['a|41|b', 'aAb'],
  ['|41 42|', 'AB'],
  ['|4142|', 'AB'],
  ['| 00 fF |', '\x00\xff'],
  ['|41||42|', 'AB'],
  ['|4|', '|4|'],
  ['|4g|', '|4g|'],
  ['||', '||'],
  ['a|b', 'a|b'],
  ['a|b|41|', 'a|bA'],
  ['\\|41|', '|41|'],
  ['\\\\', '\\'],
  ['\\"\\:\\;', '":;'],
  ['\\n', '\\n'],
  ['a\\', 'a\\'],
  ['voil\xc3\xa0', 'voil\xc3\xa0'],
];
for (const [written, meant] of cases) test(written, () => assert.equal(phrasePattern(written), meant));

test('any bytes can be written in hexadecimal', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.constantFrom('', ' '), (bytes, between) => {
      const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(between);
      assert.equal(phrasePattern(`|${digits}|`), Buffer.from(bytes).toString('latin1'));
    }),
  );
});

test('text without a sign of the language is itself', () => {
  const plain = fc.string().filter((text) => text === text.trim() && !/[|\\"]/.test(text));
  fc.assert(fc.property(plain, (text) => assert.equal(phrasePattern(text), text)));
});
