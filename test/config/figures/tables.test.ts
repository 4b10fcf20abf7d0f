// Figures by what they are of: sums over the labels that nobody asks for first.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counter, gauge, histogram } from '#config/figures/family';
import { agentLines, boundsOf, routeLines, targetLines, trafficOf, workerLines } from '#config/figures/tables';

const bounds = [1];
const families = [
  counter(
    'sentinel_requests_total',
    '',
    ['route', 'method', 'status'],
    [
      [['a', 'GET', '200'], 5],
      [['a', 'POST', '502'], 2],
      [['', 'other', '400'], 1],
    ],
  ),
  counter(
    'sentinel_refusals_total',
    '',
    ['route', 'reason'],
    [
      [['a', 'upstream-connect-failed'], 2],
      [['', 'head-malformed'], 1],
    ],
  ),
  histogram('sentinel_request_duration_seconds', '', ['route'], bounds, [
    [['a'], [6, 1], 3],
    [['b'], [0, 0], 0],
    [[''], [1, 0], 0.1],
  ]),
  gauge('sentinel_active_requests', '', [], [[[], 4]]),
  gauge(
    'sentinel_open_connections',
    '',
    ['listener'],
    [
      [['h'], 2],
      [['s'], 3],
    ],
  ),
  counter(
    'sentinel_upstream_attempts_total',
    '',
    ['upstream', 'target'],
    [
      [['u', 't:1'], 7],
      [['u', 't:2'], 0],
    ],
  ),
  counter(
    'sentinel_upstream_failures_total',
    '',
    ['upstream', 'target', 'reason'],
    [
      [['u', 't:1', 'reset'], 1],
      [['u', 't:1', 'timeout'], 1],
    ],
  ),
  gauge(
    'sentinel_upstream_connections',
    '',
    ['upstream', 'target', 'state'],
    [
      [['u', 't:1', 'busy'], 3],
      [['u', 't:1', 'resting'], 9],
    ],
  ),
  gauge(
    'sentinel_upstream_target_healthy',
    '',
    ['upstream', 'target'],
    [
      [['u', 't:1'], 0.5],
      [['u', 't:2'], 1],
    ],
  ),
  gauge('sentinel_upstream_circuit_breaker_state', '', ['upstream', 'target'], [[['u', 't:1'], 2]]),
  gauge('sentinel_agent_reachable', '', ['agent'], [[['x'], 1]]),
  gauge('sentinel_agent_circuit_breaker_state', '', ['agent'], [[['x'], 1]]),
  counter(
    'sentinel_agent_calls_total',
    '',
    ['agent', 'event', 'result'],
    [
      [['x', 'log', 'ok'], 3],
      [['x', 'log', 'timed-out'], 2],
    ],
  ),
  counter(
    'sentinel_agent_decisions_total',
    '',
    ['agent', 'event', 'decision'],
    [
      [['x', 'log', 'allow'], 2],
      [['x', 'body', 'allow'], 1],
      [['y', 'log', 'block'], 9],
    ],
  ),
  histogram('sentinel_agent_latency_seconds', '', ['agent', 'event'], bounds, [
    [['x', 'log'], [1, 1], 2],
    [['x', 'body'], [2, 0], 1],
  ]),
  histogram('sentinel_worker_event_loop_lag_seconds', '', ['worker'], bounds, [[['1'], [9, 0], 0.1]]),
  gauge('sentinel_worker_heap_used_bytes', '', ['worker'], [[['1'], 1000]]),
];

test('traffic as a whole', () => {
  assert.deepEqual(trafficOf(families), {
    requests: 8,
    byStatus: { '2xx': 5, '5xx': 2, '4xx': 1 },
    refusals: { 'upstream-connect-failed': 2, 'head-malformed': 1 },
    inFlight: 4,
    connections: 5,
    tunnels: 0,
    bytesIn: 0,
    bytesOut: 0,
    durations: { counts: [7, 1], sum: 3.1 },
  });
  assert.deepEqual(boundsOf(families), [1]);
  assert.deepEqual(boundsOf([]), []);
});

test('a line for each route, those that nobody asked for too', () => {
  assert.deepEqual(routeLines(families), [
    { name: 'a', requests: 7, failures: 2, refusals: 2, durations: { counts: [6, 1], sum: 3 } },
    { name: 'b', requests: 0, failures: 0, refusals: 0, durations: { counts: [0, 0], sum: 0 } },
    { name: '', requests: 1, failures: 0, refusals: 1, durations: { counts: [1, 0], sum: 0.1 } },
  ]);
});

test('a line for each target', () => {
  const none = { counts: [], sum: 0 };
  assert.deepEqual(targetLines(families), [
    {
      upstream: 'u',
      target: 't:1',
      healthy: 0.5,
      breaker: 'half-open',
      attempts: 7,
      failures: 2,
      ejections: 0,
      busy: 3,
      durations: none,
    },
    {
      upstream: 'u',
      target: 't:2',
      healthy: 1,
      breaker: 'closed',
      attempts: 0,
      failures: 0,
      ejections: 0,
      busy: 0,
      durations: none,
    },
  ]);
});

test('a line for each agent and worker', () => {
  assert.deepEqual(agentLines(families), [
    {
      name: 'x',
      reachable: 1,
      breaker: 'open',
      calls: 5,
      failures: 2,
      timeouts: 0,
      waiting: 0,
      decisions: { allow: 3 },
      durations: { counts: [3, 1], sum: 3 },
    },
  ]);
  assert.deepEqual(workerLines(families), [
    { worker: '1', heapBytes: 1000, busySeconds: 0, lag: { counts: [9, 0], sum: 0.1 } },
  ]);
});
