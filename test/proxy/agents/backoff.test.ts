// The delay grows, is bounded, and chance only ever shortens it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reconnectDelayMs } from '../../../proxy/agents/backoff.ts';

test('it doubles up to one second', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 1000].map((failures) => reconnectDelayMs(failures, 0)),
    [50, 100, 200, 400, 800, 1000, 1000, 1000],
  );
});

test('chance takes off up to a half', () => {
  assert.deepEqual(
    [0, 0.5, 1].map((chance) => reconnectDelayMs(2, chance)),
    [100, 75, 50],
  );
});
