// Keys: where there is no terminal there are none, and nothing is kept waiting for them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readKeys } from '../../stack/keys.ts';

test('without a terminal', { skip: process.stdin.isTTY }, () => {
  const before = process.stdin.listenerCount('data');
  readKeys(() => undefined).stop();
  assert.equal(process.stdin.listenerCount('data'), before);
});
