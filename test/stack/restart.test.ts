// The arithmetic of restarts: scores, delays and when a child counts as failed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextRestart, type RestartPolicy } from '../../stack/restart.ts';
import { effect } from '../support/effect.ts';

const policy: RestartPolicy = {
  when: 'always',
  delayMs: 200,
  delayMaxMs: 30_000,
  restartsMax: 10,
  windowMs: 60_000,
  failedRetryMs: 60_000,
};

function verdicts(times: number, uptimeMs: number, changes: Partial<RestartPolicy> = {}, chance = 0) {
  let score = 0;
  return Array.from({ length: times }, () => {
    const decided = nextRestart({ ...policy, ...changes }, score, { clean: false, uptimeMs }, chance);
    score = decided.score;
    return decided.verdict;
  });
}

test('a child that ends at once: ten restarts with doubling delays, then failed', () => {
  const story = verdicts(11, 0);
  assert.deepEqual(
    story.slice(0, 10).map((verdict) => verdict.next === 'restart' && verdict.delayMs),
    [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000],
  );
  assert.deepEqual(story[10], { next: 'failed', delayMs: 60_000 });
});

test('one crash a day never trips, and is always restarted after the first delay', () => {
  for (const verdict of verdicts(1000, 24 * 3_600_000, { restartsMax: 1 })) {
    assert.deepEqual(verdict, { next: 'restart', delayMs: 200 });
  }
});

test('as many crashes per window as allowed go on for ever; half as many again trip', () => {
  const perWindow = (count: number) => verdicts(1000, 60_000 / count).some(({ next }) => next === 'failed');
  assert.equal(perWindow(10), false);
  assert.equal(perWindow(15), true);
});

test('a failed child that then runs well is forgiven within a few windows, however long it failed', () => {
  let { score } = { score: 0 };
  for (let times = 0; times < 500; times += 1)
    score = nextRestart(policy, score, { clean: false, uptimeMs: 0 }, 0).score;
  const later = nextRestart(policy, score, { clean: false, uptimeMs: 5 * 60_000 }, 0);
  assert.equal(later.verdict.next, 'restart');
});

test('jitter shortens a delay by at most a quarter, and the longest delay is never exceeded', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 10 }), (chance, times) => {
      const delays = verdicts(times, 0, {}, chance).map((verdict) =>
        verdict.next === 'restart' ? verdict.delayMs : 0,
      );
      delays.forEach((delayMs, index) => {
        const full = Math.min(30_000, 200 * 2 ** index);
        assert(delayMs <= full && delayMs >= full * 0.75 - 1);
      });
    }),
  );
});

effect(['agents.agent.restart-delay-ms', 'agents.agent.restart-delay-max-ms'], () => {
  const delays = verdicts(5, 0, { delayMs: 10, delayMaxMs: 50 }).map(
    (verdict) => verdict.next === 'restart' && verdict.delayMs,
  );
  assert.deepEqual(delays, [10, 20, 40, 50, 50]);
});
