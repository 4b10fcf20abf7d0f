// Rows from the shapes in which a worker counts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countedBy, seconds } from '../../../proxy/admin/figure-rows.ts';
import { countInto, durationBuckets } from '../../../proxy/metrics.ts';

test('counts by a word, and buckets of durations as plain numbers', () => {
  assert.deepEqual(countedBy('r', new Map([['x', 2]])), [[['r', 'x'], 2]]);
  const buckets = new Float64Array(durationBuckets.length + 1);
  countInto(buckets, 0.002);
  const family = seconds('sentinel_d_seconds', 'D.', ['route'], [[['r'], buckets, 0.002]]);
  assert.deepEqual(JSON.parse(JSON.stringify(family)).rows, [[['r'], [0, 1], 0.002]]);
});
