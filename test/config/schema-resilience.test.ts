// What is not written is off: no block of this part is there by itself, and one that is written is whole.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf } from '../support/config.ts';

const upstreamOf = (inUpstream: string) =>
  configOf(`routes { route "r" { upstream "u" } }\nupstreams { upstream "u" { target "127.0.0.1:1"; ${inUpstream} } }`)
    .config.upstreams[0];

test('nothing is on by itself', () => {
  const upstream = upstreamOf('');
  assert.deepEqual(
    [upstream?.healthCheck, upstream?.ejection, upstream?.circuitBreaker],
    [undefined, undefined, undefined],
  );
  assert.deepEqual([upstream?.panic, upstream?.slowStartMs], ['use-all', 0]);
});

test('an empty block has its defaults', () => {
  const upstream = upstreamOf('health-check { }; ejection { }; circuit-breaker { }');
  assert.equal(upstream?.healthCheck?.type, 'tcp');
  assert.deepEqual([upstream?.healthCheck?.intervalMs, upstream?.healthCheck?.expectedStatus], [10_000, []]);
  assert.deepEqual([upstream?.ejection?.slowFactor, upstream?.ejection?.maxEjectionPercent], [0, 50]);
  assert.deepEqual([upstream?.circuitBreaker?.failureThreshold, upstream?.circuitBreaker?.halfOpenMax], [5, 1]);
});
