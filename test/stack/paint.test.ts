// Colour only where the output shows it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paint } from '../../stack/paint.ts';

test('colour only where the output shows it, and never around nothing', () => {
  assert.equal(paint({ color: true }, 'green', 'up'), '\x1b[32mup\x1b[39m');
  assert.equal(paint({ color: false }, 'green', 'up'), 'up');
  assert.equal(paint({ color: true }, 'green', ''), '');
});
