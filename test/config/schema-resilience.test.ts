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

test('keys of a probe may stand in a block of its type, as people know it, and mean the same', () => {
  const opened = upstreamOf('health-check { type "http" { path "/health"; expected-status 200 }; interval-secs 5 }');
  const flat = upstreamOf('health-check { type "http"; path "/health"; expected-status "200"; interval-secs 5 }');
  assert.deepEqual(opened?.healthCheck, flat?.healthCheck);
  assert.equal(flat?.healthCheck?.path, '/health');
  const twice = 'health-check { type "http" { path "/a"; colour "red" }; path "/b" }';
  assert.throws(() => upstreamOf(twice), /config-unknown-key 'colour'[\s\S]*'path'/);
  assert.throws(() => upstreamOf('ejection { consecutive-5xx 5 { ejection-secs 3 } }'), /'consecutive-5xx'/);
});
