// Token buckets with a clock of the test: rate, burst, waiting, and what a flood of keys can and cannot do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBuckets } from '../../../proxy/request/token-buckets.ts';
import { Random } from '../../fuzz/random.ts';

test('a full bucket gives its burst at once, then the rate', () => {
  const buckets = new TokenBuckets({ intervalMs: 100, burst: 3 });
  assert.deepEqual(
    [1, 2, 3, 4].map(() => buckets.take('a', 0)),
    [0, 0, 0, 100],
  );
  assert.equal(buckets.take('a', 99.5), 0.5);
  assert.equal(buckets.take('a', 100), 0);
  assert.equal(buckets.take('a', 100), 100);
  assert.equal(buckets.take('b', 100), 0, 'everybody has a bucket of their own');
  assert.deepEqual(
    [1, 2, 3, 4].map(() => buckets.take('a', 1e6)),
    [0, 0, 0, 100],
    'it never holds more than its burst',
  );
});

test('who can wait takes the next token, and so on in order', () => {
  const buckets = new TokenBuckets({ intervalMs: 100, burst: 1 });
  assert.deepEqual(
    [1, 2, 3, 4].map(() => buckets.take('a', 0, 250)),
    [0, 100, 200, 300],
  );
  assert.equal(buckets.take('a', 100, 250), 200, 'the one that was refused took nothing');
});

test('a token that was taken in vain comes back', () => {
  const buckets = new TokenBuckets({ intervalMs: 1000, burst: 1 });
  assert.equal(buckets.take('a', 0), 0);
  buckets.giveBack('a');
  buckets.giveBack('unknown');
  assert.equal(buckets.take('a', 0), 0);
});

test('in any time nobody gets more than burst and rate, and who asks within the rate is never refused', () => {
  const random = new Random(11);
  for (let round = 0; round < 200; round += 1) {
    const [intervalMs, burst] = [1 + random.below(1000) / 7, 1 + random.below(20)];
    const buckets = new TokenBuckets({ intervalMs, burst });
    let [nowMs, granted, politeMs] = [0, 0, 0];
    for (let step = 0; step < 200; step += 1) {
      nowMs += random.below(3) === 0 ? random.next() * 5 * intervalMs : 0;
      if (buckets.take('greedy', nowMs) === 0) granted += 1;
      politeMs += intervalMs;
      assert.equal(buckets.take('polite', politeMs), 0);
    }
    assert(granted <= burst + nowMs / intervalMs + 0.01, `${granted} in ${nowMs} ms of ${intervalMs}, burst ${burst}`);
  }
});

test('a flood of keys stays within the bound and never gives an exhausted key a new bucket', () => {
  const buckets = new TokenBuckets({ intervalMs: 1000, burst: 100, keysMax: 1001 });
  for (let at = 0; at < 100; at += 1) assert.equal(buckets.take('greedy', 0), 0);
  for (let at = 0; at < 50_000; at += 1) assert.equal(buckets.take(`flood ${at}`, 1), 0);
  assert.equal(buckets.size, 1001);
  assert(buckets.take('greedy', 1) > 0);
  assert.equal(buckets.evicted, 49_000, 'of the flood');
});

test('a full bucket goes first, and is not counted as a loss', () => {
  const buckets = new TokenBuckets({ intervalMs: 1000, burst: 2, keysMax: 2 });
  buckets.take('rested', 0);
  buckets.take('busy', 9_500);
  buckets.take('busy', 9_500);
  assert.equal(buckets.take('new', 10_000), 0);
  assert.deepEqual([buckets.evicted, buckets.take('busy', 10_000)], [0, 500]);
});

test('what others let through is taken out here, and what is missing is owed up to a bound', () => {
  const buckets = new TokenBuckets({ intervalMs: 100, burst: 3 });
  buckets.debit('a', 2, 0, 10);
  assert.deepEqual([buckets.take('a', 0), buckets.take('a', 0)], [0, 100]);
  buckets.debit('a', 5, 0, 10);
  assert.equal(buckets.take('a', 0), 600, 'five are owed');
  buckets.debit('a', 1e9, 0, 10);
  assert.equal(buckets.take('a', 0), 1100, 'ten at most');
  buckets.debit('a', 1, 1e6, 10);
  assert.equal(buckets.take('a', 1e6), 0, 'debts end with time');
});

test('workers that tell each other let through too much by what is not told yet, and never more in the long run', () => {
  const random = new Random(23);
  for (let round = 0; round < 100; round += 1) {
    const [workers, intervalMs, burst] = [2 + random.below(3), 1 + random.below(50), 1 + random.below(20)];
    const all = Array.from({ length: workers }, () => new TokenBuckets({ intervalMs, burst }));
    const untold = all.map(() => 0); // by who let it through
    let [nowMs, granted] = [0, 0];
    const tell = () =>
      untold.forEach((count, from) => {
        for (const [to, buckets] of all.entries())
          if (to !== from) buckets.debit('greedy', count, nowMs, workers * (burst + 50));
        untold[from] = 0;
      });
    for (let step = 0; step < 300; step += 1) {
      nowMs += random.next() * intervalMs;
      const at = random.below(workers);
      if (all[at]?.take('greedy', nowMs) === 0) {
        granted += 1;
        untold[at] = (untold[at] as number) + 1;
        const sum = untold.reduce((one, other) => one + other);
        assert(granted <= burst + nowMs / intervalMs + sum + 0.01, `${granted} of ${workers} workers, ${sum} untold`);
      }
      if (random.below(4) === 0) tell();
    }
    tell();
    for (const one of all) assert(one.take('greedy', nowMs + 1e9) === 0, 'debts end');
  }
});

test('another process goes on with what is missing, those who miss most first; who knows of more is right', () => {
  const terms = { intervalMs: 100, burst: 3 };
  const buckets = new TokenBuckets(terms);
  for (const key of 'aaabbc') buckets.take(key, 0);
  assert.deepEqual(buckets.remembered(50, 2), [
    ['a', 250],
    ['b', 150],
  ]);
  assert.deepEqual(buckets.remembered(100, 9), [
    ['a', 200],
    ['b', 100],
  ]);
  const next = new TokenBuckets(terms);
  next.take('b', 7000);
  next.take('b', 7000);
  next.take('b', 7000);
  for (const [key, fullInMs] of buckets.remembered(0, 9)) next.raise(key, fullInMs, 7000, 0);
  assert.deepEqual([next.take('a', 7000), next.take('b', 7000), next.take('c', 7000)], [100, 100, 0]);
  next.raise('d', 1e12, 7000, 2);
  assert.equal(next.take('d', 7000), 300, 'no more than can be owed');
});
