// The block: limits have defaults, faults have none; problems have their place.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readChaos } from '../../../agents/chaos/faults.ts';

test('the least block: safe by default', () => {
  const reading = readChaos({ faults: [{ kind: 'error', percent: 5 }] });
  assert(reading.ok);
  assert.equal(reading.chaos.lifetimeMs, 3_600_000);
  assert.deepEqual(reading.chaos.exemptPaths, ['/health*', '/ready*', '/live*', '/metrics']);
  assert.equal(reading.chaos.faults[0]?.status, 503);
});

test('a latency is never longer than the longest that is allowed', () => {
  const faults = [{ kind: 'latency', percent: 1, 'latency-ms': 900, jitter_ms: 900 }];
  const reading = readChaos({ 'max-latency-ms': 1000, faults });
  assert(reading.ok);
  assert.deepEqual([reading.chaos.faults[0]?.latencyMs, reading.chaos.faults[0]?.jitterMs], [900, 100]);
});

for (const [config, expected] of [
  [{}, /^config\.faults: a list is needed/],
  [
    { faults: [{ kind: 'explode', percent: 1 }] },
    /^config\.faults\[0\]\.kind: one of latency, error, fault, hang, crash/,
  ],
  [{ faults: [{ kind: 'error' }] }, /^config\.faults\[0\]\.percent: a share in percent is needed/],
  [{ faults: [{ kind: 'error', percent: 101 }] }, /percent: at most 100/],
  [{ faults: [{ kind: 'error', percent: 1, paths: 'x' }] }, /paths\[0\]: a path begins with a slash/],
  [{ faults: [{ kind: 'error', percent: 1, header: 'x' }] }, /header: 'name: value' is needed/],
  [{ 'expires-secs': 100_000, faults: [] }, /^config\.expires-secs/],
  [{ faults: [], nothing: 1 }, /nothing/],
] as const) {
  test(`a block is refused: ${JSON.stringify(config)}`, () => {
    const reading = readChaos(config);
    assert(!reading.ok);
    assert.match(reading.problems[0] ?? '', expected);
  });
}
