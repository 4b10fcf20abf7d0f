// What h2load wrote becomes percentiles, and those a table.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latencyTable, percentilesOf } from './latency.ts';

test('the slowest of a hundred and of a thousand requests', () => {
  const log = Array.from({ length: 1000 }, (_, index) => `1795198146277047\t200\t${1000 - index}\n`).join('');
  assert.deepEqual(percentilesOf(log), { p50: 501, p99: 991, p999: 1000 });
});

test('a request that was not answered well makes a run worthless', () => {
  const lost = '2\t-1\t6\n';
  for (const rest of ['2\t503\t6\n', lost.repeat(33)])
    assert.throws(() => percentilesOf(`1\t200\t5\n${rest}`), /not every request was answered well/);
  assert.equal(percentilesOf(`1\t200\t5\n${lost.repeat(32)}`).p50, 5, 'the end of a run cuts those under way');
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
