// The arithmetic and the words of the page, as the browser runs them.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';

interface Figures {
  perSecond(before: number, after: number, seconds: number): number;
  between(before: number[] | undefined, after: number[]): number[];
  percentile(bounds: number[], counts: number[], share: number): number | undefined;
  rateText(rate: number): string;
  durationText(seconds: number | undefined): string;
  bytesText(bytes: number | undefined): string;
  shareText(share: number | undefined): string;
  ageText(ms: number): string;
  exitText(exit: object | undefined): string;
  factsText(facts: object): string;
  linePoints(values: number[]): string;
  attentionOf(overview: object, rates: object): { tone: string; text: string }[];
}

const figures: Figures = await import(join(import.meta.dirname, '../../../proxy/page/page-figures.mjs'));

test('rates: between two looks, after a new beginning, and in no time', () => {
  assert.equal(figures.perSecond(10, 30, 5), 4);
  assert.equal(figures.perSecond(1000, 10, 5), 2);
  assert.equal(figures.perSecond(1, 2, 0), 0);
  assert.deepEqual(figures.between([1, 2], [4, 2]), [3, 0]);
  assert.deepEqual(figures.between([9, 9], [1, 2]), [1, 2]);
  assert.deepEqual(figures.between(undefined, [1, 2]), [1, 2]);
});

test('percentiles lie where the buckets say', () => {
  const bounds = [1, 2, 4];
  assert.equal(figures.percentile(bounds, [10, 0, 0, 0], 0.5), 0.5);
  assert.equal(figures.percentile(bounds, [0, 0, 4, 0], 0.5), 3);
  assert.equal(figures.percentile(bounds, [98, 0, 0, 2], 0.99), 4);
  assert.equal(figures.percentile(bounds, [0, 0, 0, 0], 0.5), undefined);
  assert.equal(figures.percentile([], [], 0.5), undefined);
});

test('a percentile is in the bucket that holds it, and grows with the share', () => {
  const bounds = [0.001, 0.01, 0.1, 1];
  const counts = fc.array(fc.nat(1000), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(
      counts,
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (all, one, other) => {
        const [low, high] = [
          figures.percentile(bounds, all, Math.min(one, other)),
          figures.percentile(bounds, all, Math.max(one, other)),
        ];
        if (low === undefined || high === undefined) return all.every((count) => count === 0);
        return low <= high && low >= 0 && high <= 1;
      },
    ),
  );
});

test('numbers as people read them', () => {
  assert.deepEqual([0, 0.01, 0.24, 9.96, 12.3, 1204.4].map(figures.rateText), [
    '0',
    '<0.1',
    '0.2',
    '10.0',
    '12',
    '1,204',
  ]);
  assert.deepEqual([undefined, 0.0004, 0.25, 1.5, 12.3].map(figures.durationText), [
    '–',
    '0.4 ms',
    '250 ms',
    '1.5 s',
    '12 s',
  ]);
  assert.deepEqual([undefined, 0, 999, 1000, 52_000_000].map(figures.bytesText), [
    '–',
    '0 B',
    '999 B',
    '1.0 KB',
    '50 MB',
  ]);
  assert.deepEqual([undefined, 0, 0.012, 0.5].map(figures.shareText), ['–', '0 %', '1.2 %', '50 %']);
  assert.deepEqual([-1, 41_000, 200_000, 11_040_000, 273_600_000].map(figures.ageText), [
    '0 s',
    '41 s',
    '3 min',
    '3 h 4 min',
    '3 d 4 h',
  ]);
});

test('how a process ended, and the facts of an event', () => {
  assert.deepEqual(
    [
      undefined,
      { code: 1, signal: null },
      { code: null, signal: 'SIGKILL' },
      { notStarted: 'ENOENT' },
      { code: 3, problem: 'port taken' },
    ].map(figures.exitText),
    ['', 'exit 1', 'killed by SIGKILL', 'not started: ENOENT', 'port taken'],
  );
  assert.equal(
    figures.factsText({ ready_ms: 4, missing: [], signal: null, listening: { http: ['a'] } }),
    'ready ms 4 · listening {"http":["a"]}',
  );
});

test('lines fill their box', () => {
  assert.equal(figures.linePoints([1]), '');
  assert.equal(figures.linePoints([0, 5, 10]), '0.00,28.00 50.00,15.00 100.00,2.00');
  assert.equal(figures.linePoints([0, 0]), '0.00,28.00 100.00,28.00');
});

const well = { at: 1000, obstacles: [], status: { phase: 'running', children: [] }, targets: [], agents: [] };
const quiet = { requests: 100, failures: 0, lag: 0 };

test('nothing needs attention, or what does is said, the worst first', () => {
  assert.deepEqual(figures.attentionOf(well, quiet), []);
  const ill = {
    ...well,
    obstacles: ['draining'],
    status: {
      phase: 'running',
      children: [
        { name: 'waf', state: 'backoff', role: 'current', nextTryAt: 13_000, lastExit: { code: 1, signal: null } },
        { name: 'proxy/1', state: 'starting', role: 'coming' },
        { name: 'proxy/2', state: 'ready', role: 'current' },
      ],
    },
    targets: [{ upstream: 'u', target: 't', healthy: 0.5, breaker: 'open' }],
    agents: [{ name: 'waf', reachable: 0, breaker: 'half-open' }],
  };
  const found = figures.attentionOf(ill, { requests: 100, failures: 5, lag: 0.25 });
  assert.deepEqual(
    found.map(({ tone, text }) => `${tone} ${text}`),
    [
      'bad Not ready: draining.',
      'bad waf is down, tried again, next try in 12 s (exit 1).',
      'bad Agent waf is out of reach.',
      'bad 5.0 % of all replies are 5xx.',
      'warn Target t of u is left out by some workers.',
      'warn The circuit breaker of target t of u is open.',
      'warn The circuit breaker of agent waf is half-open.',
      'warn A worker is busy: its event loop is up to 250 ms late.',
    ],
  );
});
