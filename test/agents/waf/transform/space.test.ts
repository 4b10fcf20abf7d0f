// White space and zero bytes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as space from '../../../../agents/waf/transform/space.ts';

const mixed = ' \t\n\v\f\ra\xa0 b\0c ';

test('each removes, replaces or trims what it says', () => {
  assert.equal(space.removeWhitespace.apply(mixed), 'ab\0c');
  assert.equal(space.compressWhitespace.apply(mixed), ' a b\0c ');
  assert.equal(space.removeNulls.apply('\0a\0\0b\0'), 'ab');
  assert.equal(space.replaceNulls.apply('\0a\0'), ' a ');
  assert.equal(space.trimLeft.apply(mixed), 'a\xa0 b\0c ');
  assert.equal(space.trimRight.apply('a \r\n'), 'a');
  assert.equal(space.trim.apply(' \t a \n'), 'a');
  assert.equal(space.trim.apply(' \t\n'), '');
});
