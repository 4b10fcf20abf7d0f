// prom-client writes the same figures as the same text. It is a second opinion and not on the road: a registry that owns
// its counters cannot hold those of several processes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { counter, gauge, histogram } from '#config/figures/family';
import { formatFamilies } from '#config/figures/text';

const odd = 'a "quoted" \\ name\nof two lines';
const bounds = [0.005, 1, 2.5];
const observed = [0.001, 0.005, 0.7, 2, 2, 100];

const ours = [
  counter(
    'requests_total',
    'How \\ many.\nAll.',
    ['route', 'status'],
    [
      [[odd, '200'], 3],
      [['plain', '404'], 0.5],
    ],
  ),
  gauge('connections', 'Open now.', [], [[[], 7]]),
  histogram('seconds', 'How long.', ['route'], bounds, [
    [['r'], [2, 1, 2, 1], observed.reduce((sum, one) => sum + one, 0)],
  ]),
];

async function theirs(): Promise<string> {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'requests_total',
    help: 'How \\ many.\nAll.',
    labelNames: ['route', 'status'],
    registers,
  });
  requests.inc({ route: odd, status: '200' }, 3);
  requests.inc({ route: 'plain', status: '404' }, 0.5);
  new Gauge({ name: 'connections', help: 'Open now.', registers }).set(7);
  const seconds = new Histogram({
    name: 'seconds',
    help: 'How long.',
    labelNames: ['route'],
    buckets: bounds,
    registers,
  });
  for (const one of observed) seconds.observe({ route: 'r' }, one);
  return registry.metrics();
}

/** Labels of a bucket may stand in any order, and families too. */
function lines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/le="([^"]+)",route="r"/, 'route="r",le="$1"'))
    .toSorted();
}

test('in the text format of Prometheus', async () => {
  assert.deepEqual(lines(formatFamilies(ours)), lines(await theirs()));
});
