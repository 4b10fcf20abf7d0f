// How the process is: lateness by bucket, collections by kind, memory; with the number of the worker.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFamilies } from '#config/figures/text';
import { ProcessFigures } from '../../../proxy/admin/process-figures.ts';
import { TimerWheel } from '../../../proxy/timers.ts';
import { until } from '../../support/proxy.ts';

test('lateness and collections are counted where they belong', () => {
  const figures = new ProcessFigures(3);
  figures.onTurn(0.4);
  figures.onTurn(30);
  figures.onTurn(9000);
  figures.onCollected('minor', 0.002);
  const lines = formatFamilies(figures.figures()).split('\n');
  for (const line of [
    'sentinel_worker_event_loop_lag_seconds_bucket{worker="3",le="0.001"} 1',
    'sentinel_worker_event_loop_lag_seconds_bucket{worker="3",le="0.05"} 2',
    'sentinel_worker_event_loop_lag_seconds_bucket{worker="3",le="+Inf"} 3',
    'sentinel_worker_gc_seconds_bucket{worker="3",kind="minor",le="0.0025"} 1',
    'sentinel_worker_gc_seconds_count{worker="3",kind="minor"} 1',
  ])
    assert(lines.includes(line), line);
  for (const name of [
    'resident_memory_bytes',
    'heap_used_bytes',
    'heap_size_bytes',
    'external_memory_bytes',
    'cpu_seconds_total',
  ])
    assert(
      lines.some((line) => line.startsWith(`sentinel_worker_${name}{worker="3"} `) && !line.endsWith(' 0')),
      name,
    );
});

test('a worker that runs is late by something, and collects', async () => {
  const figures = new ProcessFigures(1);
  const wheel = new TimerWheel();
  wheel.start((lateMs) => figures.onTurn(lateMs));
  figures.start();
  try {
    let kept: unknown[] = [];
    const text = () => formatFamilies(figures.figures());
    await until(
      () => {
        kept = Array.from({ length: 100_000 }, (_, index) => ({ index }));
        return (
          /lag_seconds_count\{worker="1"\} [1-9]/.test(text()) &&
          /gc_seconds_count\{worker="1",kind="\w+"\} [1-9]/.test(text())
        );
      },
      () => `neither moves (${kept.length}): ${text()}`,
    );
  } finally {
    wheel.stop();
    figures.stop();
  }
});
