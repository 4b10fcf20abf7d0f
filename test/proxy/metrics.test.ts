// Plain numbers: what is counted where.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationBuckets, Metrics } from '../../proxy/metrics.ts';

test('requests are counted by method class and status, durations by bucket', () => {
  const route = new Metrics().route('a');
  route.count('GET', 200, 0.001);
  route.count('GET', 200, 0.0011);
  route.count('BREW', 418, 1000);
  assert.deepEqual(route.requests(), [
    { method: 'GET', status: 200, count: 2 },
    { method: 'other', status: 418, count: 1 },
  ]);
  assert.deepEqual([route.durations[0], route.durations[1], route.durations[durationBuckets.length]], [1, 1, 1]);
  assert.equal(route.durationSum, 1000.0021);
});

test('a name means the same counters each time', () => {
  const metrics = new Metrics();
  metrics.route('a').countRefusal('internal');
  metrics.route('a').countRefusal('internal');
  assert.deepEqual([...metrics.route('a').refusals], [['internal', 2]]);
  metrics.listener('l').countRefused('client-full');
  assert.deepEqual([...metrics.listener('l').refused], [['client-full', 1]]);
  assert.equal(metrics.routes.size, 1);
});
