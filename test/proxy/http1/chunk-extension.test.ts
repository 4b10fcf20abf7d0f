// What is a chunk extension and what is not, character by character.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  afterExtensionByte,
  beginsExtension,
  endsExtension,
  isBadExtension,
} from '../../../proxy/http1/chunk-extension.ts';

function isExtension(text: string): boolean {
  let state = beginsExtension;
  for (const byte of Buffer.from(text, 'latin1')) {
    state = afterExtensionByte(state, byte);
    if (state === isBadExtension) return false;
  }
  return endsExtension(state);
}

test('what RFC 9112 section 7.1.1 allows, without blanks around the marks', () => {
  for (const good of [
    'a',
    'a=b',
    'a="b c"',
    'a=""',
    'a="\\""',
    'a="\\\\"',
    'a;b=c;d="e;f=g"',
    "!#$%&'*+-.^_`|~=1",
    'a="\xe9"',
  ])
    assert.equal(isExtension(good), true, good);
  for (const bad of [
    '',
    ';',
    'a;',
    '=',
    'a=',
    'a="',
    'a="b',
    'a="\\"',
    'a="b"c',
    'a b',
    ' a',
    'a =b',
    'a=b ',
    'a="\0"',
    'a="\n"',
    '\xe9',
  ])
    assert.equal(isExtension(bad), false, bad);
});
