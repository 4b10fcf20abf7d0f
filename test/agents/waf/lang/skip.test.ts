// Steps through a text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closingQuote, skip } from '../../../../agents/waf/lang/skip.ts';

test('skipping ends at the first other character or at the end', () => {
  assert.equal(skip('  a', 0, /\s/), 2);
  assert.equal(skip('  ', 1, /\s/), 2);
  assert.equal(skip('', 0, /\s/), 0);
});

test('a protected quote closes nothing', () => {
  assert.equal(closingQuote("a\\'b'c", 0), 4);
  assert.equal(closingQuote('abc', 0), 3);
  assert.equal(closingQuote('abc\\', 0), 4);
});
