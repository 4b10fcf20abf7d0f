// What h2load wrote becomes percentiles, and those a table.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latencyTable, percentilesOf } from './latency.ts';

test('the slowest of a hundred and of a thousand requests', () => {
  const log = Array.from({ length: 1000 }, (_, index) => `1795198146277047\t200\t${1000 - index}\n`).join('');
  assert.deepEqual(percentilesOf(log), { p50: 501, p99: 991, p999: 1000 });
});

test('a request that was not answered well makes a run worthless', () => {
  for (const status of ['503', '-1'])
    assert.throws(() => percentilesOf(`1\t200\t5\n2\t${status}\t6\n`), /not every request was answered well/);
});

test('ratios are those of the same round', () => {
  const latency = (p99: number) => ({ p50: 10, p99, p999: 100 });
  const results = new Map([
    ['sentinel-stack', [latency(20), latency(90), latency(40)]],
    ['nginx', [latency(40), latency(90), latency(20)]],
  ] as const);
  assert.equal(
    latencyTable(results, 'sentinel-stack').split('\n').slice(2).join('\n'),
    '| sentinel-stack | 10 | 40 | 100 |  |\n| nginx | 10 | 40 | 100 | 1.00 [0.50-2.00] |\n',
  );
});
