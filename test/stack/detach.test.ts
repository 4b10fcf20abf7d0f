// The words of a detached `up` are those that were given. That it comes up, and that it says why it does not, is told in
// test/e2e/operating.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from '../../stack/detach.ts';
import type { UpGiven } from '../../stack/overrides.ts';

test('options again, but for those that are about detaching and lines', () => {
  const given = {
    config: 'shop.kdl',
    detach: true,
    'dry-run': false,
    'proxy-only': true,
    workers: 0,
    'startup-timeout': 1500,
    'log-format': 'pretty',
    listen: undefined,
  } as unknown as UpGiven;
  assert.deepEqual(wordsOf(given), [
    '--config',
    'shop.kdl',
    '--proxy-only',
    '--workers',
    '0',
    '--startup-timeout',
    '1500ms',
  ]);
});
