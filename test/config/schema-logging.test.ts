// The block of the supervisor's log: what holds without it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLimits } from '#config/limits';
import { loadText } from '#config/load';

test('without a path nothing is written; the rest has its defaults', () => {
  const loaded = loadText(
    'a.kdl',
    'listeners { listener "h" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status" } }',
  );
  assert(loaded.ok);
  const { path, format, maxSize, maxAgeMs, maxFiles } = loaded.config.observability.logging;
  assert.deepEqual([path, format, maxSize, maxAgeMs, maxFiles], [undefined, 'auto', logLimits.fileBytes.default, 0, 5]);
});
