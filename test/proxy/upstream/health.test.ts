// Health by probes, played through: the first decides alone, later ones in a row; and back within one interval.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterProbe, type Health, probeDelayMs, unknownHealth } from '../../../proxy/upstream/health.ts';

const rules = { intervalMs: 1000, jitterPercent: 10, healthyThreshold: 2, unhealthyThreshold: 3 };

/** `+` a good probe, `-` a bad one; what it counts as after each: `u` up, `d` down. */
function play(probes: string, from: Health = unknownHealth): string {
  let health = from;
  return Array.from(probes, (probe) => {
    health = afterProbe(health, probe === '+', rules);
    return health.isHealthy ? 'u' : 'd';
  }).join('');
}

test('thresholds count in a row', () => {
  assert.equal(unknownHealth.isHealthy, true);
  assert.equal(play('+---++'), 'uuudd'.concat('u'));
  assert.equal(play('-+-++'), 'dddd'.concat('u'));
  assert.equal(play('+--+--+---'), 'uuuuuuuuud');
});

test('a target that recovers is back within one interval, whatever chance says', () => {
  const down: Health = { isHealthy: false, isKnown: true, streak: 0 };
  for (const healthyThreshold of [1, 2, 5]) {
    const these = { ...rules, healthyThreshold };
    assert(healthyThreshold * probeDelayMs(down, these, 0) <= rules.intervalMs);
  }
  assert.equal(probeDelayMs(unknownHealth, rules, 0), 1000);
  assert.equal(probeDelayMs(unknownHealth, rules, 1), 900);
});
