// What is measured of a target: means that fade with time, a peak that goes up at once, failures that cost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Meter } from '../../../proxy/upstream/meter.ts';

test('the first measure counts whole; after the time of decay an old one counts a third', () => {
  const meter = new Meter();
  meter.measure(100, true, 5000, 1000);
  assert.equal(meter.latencyMs, 100);
  meter.measure(10, true, 6000, 1000);
  assert.equal(Math.round(meter.latencyMs), Math.round(10 + 90 / Math.E));
  assert.equal(meter.success, 1);
});

test('the peak jumps up and fades', () => {
  const meter = new Meter();
  assert.equal(meter.peakMs(0, 1000), 0);
  meter.measure(10, true, 0, 1000);
  meter.measure(500, true, 1, 1000);
  assert.equal(meter.peakMs(1, 1000), 500);
  assert.equal(Math.round(meter.peakMs(1001, 1000)), Math.round(500 / Math.E));
  meter.measure(10, true, 2, 1000);
  assert(meter.peakMs(2, 1000) > 499, 'one good reply does not make up for it');
});

test('a failure is slow however fast it is, and lowers the success', () => {
  const meter = new Meter();
  for (let index = 0; index < 10; index += 1) meter.measure(1, index % 2 === 0, index * 1000, 1000);
  assert(meter.latencyMs > 400);
  assert(meter.success > 0.2 && meter.success < 0.5);
});
