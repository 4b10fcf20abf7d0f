// What happens to a request, with time and chance given.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readChaos } from '../../../agents/chaos/faults.ts';
import { planFor } from '../../../agents/chaos/plan.ts';
import { requestHeaders } from '../../../agents/testing.ts';

function plan(config: object, request: Parameters<typeof requestHeaders>[0], ageMs = 0, chance = () => 0) {
  const reading = readChaos(config);
  assert(reading.ok, JSON.stringify(reading));
  const { delayMs, then } = planFor(reading.chaos, requestHeaders(request), ageMs, chance);
  return [delayMs, then];
}

const error = { kind: 'error', percent: 50 };

test('chance decides, by percent', () => {
  assert.deepEqual(
    plan({ faults: [error] }, {}, 0, () => 0.49),
    [0, 'error'],
  );
  assert.deepEqual(
    plan({ faults: [error] }, {}, 0, () => 0.5),
    [0, undefined],
  );
});

test('what is exempt is not touched, and nothing is once it has expired', () => {
  assert.deepEqual(plan({ faults: [error] }, { uri: '/healthz?x' }), [0, undefined]);
  assert.deepEqual(plan({ faults: [error], 'exempt-paths': [] }, { uri: '/healthz' }), [0, 'error']);
  assert.deepEqual(plan({ faults: [error], 'expires-secs': 1 }, {}, 999), [0, 'error']);
  assert.deepEqual(plan({ faults: [error], 'expires-secs': 1 }, {}, 1000), [0, undefined]);
});

test('a delay, and what follows it', () => {
  const latency = { kind: 'latency', percent: 100, 'latency-ms': 10, 'jitter-ms': 10 };
  assert.deepEqual(
    plan({ faults: [latency, error] }, {}, 0, () => 0.4),
    [14, 'error'],
  );
  assert.deepEqual(
    plan({ faults: [latency, error] }, {}, 0, () => 0.9),
    [19, undefined],
  );
});

test('by path, method and header', () => {
  const matched = { ...error, paths: ['/api/*', '/x'], methods: 'post', header: 'X-Chaos: yes' };
  const request = { uri: '/api/1', method: 'POST', headers: { 'x-chaos': 'yes' } };
  assert.deepEqual(plan({ faults: [matched] }, request), [0, 'error']);
  for (const other of [{ uri: '/ap' }, { method: 'GET' }, { headers: { 'x-chaos': 'no' } }, { headers: {} }])
    assert.deepEqual(plan({ faults: [matched] }, { ...request, ...other }), [0, undefined]);
});
