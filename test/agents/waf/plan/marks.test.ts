// Marks count each step once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Marks } from '../../../../agents/waf/plan/marks.ts';

test('each once', () => {
  const marks = new Marks(4);
  for (const step of [2, 2, 3]) marks.add(step);
  assert.deepEqual([marks.count, [0, 1, 2, 3].map((step) => marks.has(step))], [2, [false, false, true, true]]);
});
