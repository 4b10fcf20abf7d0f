// Every question has its answer, made of what is known alone; secrets of the configuration are in none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, type Known, questions, type SeenEvent } from '#config/figures/answers';
import { counter, histogram } from '#config/figures/family';
import { adminLimits } from '#config/limits';
import { loadText } from '#config/load';

const loaded = loadText(
  'test.kdl',
  `listeners { listener "http" { address "127.0.0.1:0" } }
  routes { route "site" { upstream "u"; filters "f" } }
  upstreams { upstream "u" { target "127.0.0.1:1" } }
  agents { agent "a" { use "echo"; transport { unix-socket "a" }; events "request-headers"; failure-mode "closed"; env { KEY "hunter2" } } }
  filters { filter "f" { agent "a" } }`,
);
assert(loaded.ok);

const event = (order: number): SeenEvent => ({
  order,
  at: order,
  source: 'stack',
  event: 'child-ready',
  level: 'info',
  facts: {},
});
const known: Known = {
  at: 5,
  version: '1.2.3',
  config: loaded.config,
  figures: [
    counter('sentinel_requests_total', 'R.', ['route', 'method', 'status'], [[['site', 'GET', '200'], 3]]),
    histogram('sentinel_request_duration_seconds', 'D.', ['route'], [1], [[['site'], [3, 0], 1]]),
    counter('sentinel_upstream_attempts_total', 'A.', ['upstream', 'target'], [[['u', '127.0.0.1:1'], 3]]),
  ],
  status: {
    phase: 'running',
    startedAt: 1,
    children: [
      { name: 'proxy/1', kind: 'worker', state: 'ready' },
      { name: 'a', kind: 'agent', state: 'backoff' },
    ],
  },
  events: [event(1), event(2)],
  refusals: [],
  history: [{ at: 1, requests: 1, failures: 0, refusals: 0, bytesOut: 0, inFlight: 0, counts: [1, 0] }],
};
const asked = (question: Exclude<(typeof questions)[number], 'prometheus' | 'openmetrics'>, since?: number) =>
  JSON.parse(answer(question, known, since));

test('no answer holds a secret', () => {
  for (const question of questions) assert(!answer(question, known).includes('hunter2'), question);
  assert.equal(asked('config').agents.a.env.KEY, '***');
});

test('metrics are text', () => {
  assert(answer('prometheus', known).includes('sentinel_requests_total{route="site",method="GET",status="200"} 3\n'));
  assert(answer('openmetrics', known).endsWith('# EOF\n'));
});

test('a fail-closed agent that is down: not ready, and why', () => {
  const expected = { ready: false, obstacles: ['agent "a" is down, and it is fail-closed'] };
  assert.deepEqual(asked('readiness'), expected);
  assert.partialDeepStrictEqual(asked('status'), { version: '1.2.3', phase: 'running', ...expected });
});

test('routes, upstreams and agents, with what is configured', () => {
  assert.partialDeepStrictEqual(asked('routes'), {
    bounds: [1],
    routes: [{ name: 'site', requests: 3 }],
    configured: { site: { upstream: 'u' } },
  });
  assert.partialDeepStrictEqual(asked('upstreams'), {
    targets: [{ upstream: 'u', attempts: 3 }],
    configured: { u: { 'load-balancing': 'round-robin' } },
  });
  assert.deepEqual(asked('agents').agents, [{ name: 'a', failureMode: 'closed', external: false }]);
});

test('the overview tells events that are new, and the past only to who knows nothing', () => {
  assert.partialDeepStrictEqual(asked('overview'), {
    lastEvent: 2,
    traffic: { requests: 3 },
    routeCount: 1,
    history: known.history,
  });
  assert.equal(asked('overview').events.length, 2);
  const later = asked('overview', 1);
  assert.deepEqual([later.events, later.history], [[event(2)], []]);
});

test('the overview is bounded, the busiest first', () => {
  const rows = Array.from({ length: 500 }, (_, index) => [`r${index}`, index] as const);
  const figures = [
    counter(
      'sentinel_requests_total',
      '',
      ['route', 'method', 'status'],
      rows.map(([name, n]) => [[name, 'GET', '200'], n]),
    ),
    histogram(
      'sentinel_request_duration_seconds',
      '',
      ['route'],
      [1],
      rows.map(([name, n]) => [[name], [n, 0], n]),
    ),
  ];
  const { routes, routeCount } = JSON.parse(answer('overview', { ...known, figures }));
  assert.deepEqual([routes.length, routeCount, routes[0].name], [adminLimits.rowsShownMax, 500, 'r499']);
});
