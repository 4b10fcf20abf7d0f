// Comments that are closed, open, nested, and of two kinds at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removeComments, removeCommentsChar, replaceComments } from '../../../../agents/waf/transform/comments.ts';

test('a blank for each comment of C', () => {
  assert.equal(replaceComments.apply('a/*b*/c/*d'), 'a c ');
  assert.equal(replaceComments.apply('/*/a*/b/**/'), ' b ');
});

test('comments go, and what follows the start of a line comment', () => {
  assert.equal(removeComments.apply('un/*x*/ion <!--y--> z -- gone'), 'union  z ');
  assert.equal(removeComments.apply('a#b'), 'a');
  assert.equal(removeComments.apply('a/*b'), 'a ');
  assert.equal(removeComments.apply('a/*b-->c'), 'ac'); // any end will do
  assert.equal(removeComments.apply('a/*b*/'), 'a');
});

test('the signs alone go', () => {
  assert.equal(removeCommentsChar.apply('a/*b*/c<!--d-->e--f#g'), 'abcdefg');
});
