// The end of a run that cannot be one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stop } from '../../crs-tests/stop.ts';

test('a sentence and an exit code', () => {
  const stop = new Stop(2, 'there is no place for that');
  assert(stop instanceof Error);
  assert.deepEqual([stop.exitCode, stop.message], [2, 'there is no place for that']);
});
