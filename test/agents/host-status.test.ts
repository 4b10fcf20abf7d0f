// Health, load and counters, told to whoever listens; names are bounded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlMessage } from '#protocol/control';
import { HostStatus } from '../../agents/host-status.ts';

test('a state is told at once, to those who listen', () => {
  const status = new HostStatus('a');
  const told: ControlMessage[] = [];
  const stop = status.listen((message) => void told.push(message));
  status.setHealth({ status: 'degraded', disabledFeatures: ['x'], timeoutMultiplier: 2 }, 'slow disk');
  stop();
  status.setHealth({ status: 'healthy' });
  assert.equal(told.length, 1);
  assert(told[0]?.type === 'health');
  assert.deepEqual([told[0].health.state.status, told[0].health.message], ['degraded', 'slow disk']);
  assert.deepEqual(status.state, { status: 'healthy' });
});

test('every so often the health and, where something was counted, the metrics', (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const status = new HostStatus('a');
  const told: ControlMessage[] = [];
  const stop = status.listen((message) => void told.push(message));
  context.mock.timers.tick(10_000);
  status.count('found', 2);
  status.count('found');
  status.gauge('size', 7);
  context.mock.timers.tick(10_000);
  stop();
  assert.deepEqual(
    told.map(({ type }) => type),
    ['health', 'health', 'metrics'],
  );
  const report = told[2];
  assert(report?.type === 'metrics');
  assert.deepEqual(report.report.counters, [{ name: 'found', labels: {}, value: 3 }]);
});

test('names that grow without end are not counted', () => {
  const status = new HostStatus('a');
  for (let name = 0; name < 2000; name += 1) status.count(`c${name}`);
  const told: ControlMessage[] = [];
  status.listen((message) => void told.push(message))();
  assert.equal(told.length, 0);
});
