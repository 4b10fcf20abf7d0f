// Rates from two looks at the workers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Briefs, lookAt, quantileMs, ratesBetween, type WorkerLook } from '../../../stack/api/briefs.ts';
import { report } from '../standing.ts';

async function ratesOf(...texts: string[]) {
  let at = 0;
  const briefs = new Briefs(async () => {
    const text = texts[Math.min(at, texts.length - 1)] ?? '';
    at += 1;
    return [{ name: 'proxy/1', kind: 'worker', text }];
  });
  return briefs.rates();
}

test('what came between two looks, per second', async () => {
  const rates = await ratesOf(
    report(100),
    report(200, { blocks: 10, out: [{ name: 't', why: 'down, say its probes' }] }),
  );
  const { 'proxy/1': worker } = rates.workers;
  assert(worker !== undefined && worker.requestsPerSecond > 0 && worker.requestsPerSecond <= 410);
  assert.deepEqual([worker.inFlight, worker.connections], [3, 7]);
  assert((worker.p99Ms ?? 0) > 2.5 && (worker.p99Ms ?? 0) <= 5); // the bucket from 2.5 to 5 ms
  assert.equal(rates.agents['waf']?.breaker, 'closed');
  assert.equal(rates.agents['waf']?.blocks, 10);
  assert.deepEqual(rates.upstreams, [
    { name: 'shop', algorithm: 'least-connections', targets: 2, out: [{ name: 't', why: 'down, say its probes' }] },
  ]);
});

test('a worker that was replaced counts from zero, never backwards', async () => {
  const { 'proxy/1': worker } = (await ratesOf(report(1000), report(5))).workers;
  assert(worker !== undefined && worker.requestsPerSecond >= 0 && worker.requestsPerSecond <= 21);
});

test('a report that is none is left out', async () => {
  assert.deepEqual(await ratesOf('{"fine":true}', 'no JSON'), { workers: {}, agents: {}, upstreams: [] });
});

test('targets that any worker leaves out are out, each once', () => {
  const parsed = (text: string) => lookAt(text) as WorkerLook;
  const [a, b] = [
    { name: 'a', why: 'x' },
    { name: 'b', why: 'y' },
  ];
  const workers = new Map([
    ['proxy/1', parsed(report(1, { out: [a] }))],
    ['proxy/2', parsed(report(1, { out: [a, b], breaker: 'open' }))],
  ]);
  const rates = ratesBetween({ at: 0, workers: new Map() }, { at: 1000, workers });
  assert.deepEqual(rates.upstreams[0]?.out, [a, b]);
  assert.equal(rates.agents['waf']?.breaker, 'open');
});

test('quantiles lie within their bucket', () => {
  assert.equal(quantileMs([0, 0], [1, 2.5], 0.5), undefined);
  assert.equal(quantileMs([10], [1, 2.5], 0.5), 0.5);
  assert.equal(quantileMs([0, 10], [1, 2.5], 1), 2.5);
});
