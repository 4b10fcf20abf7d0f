// The status as people read it, whole: what is well, what is not, and what that means.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusShape } from '../../stack/api/shapes.ts';
import { statusShape } from '../../stack/api/shapes.ts';
import { isWell, statusView } from '../../stack/status-view.ts';
import { childOf, statusOf } from './standing.ts';

const now = 1_750_000_000_000 + 3 * 86_400_000 + 4 * 3_600_000;
const plain = { color: false };

function shape(status: ReturnType<typeof statusOf>, rates: StatusShape['rates']): StatusShape {
  return statusShape.parse(JSON.parse(JSON.stringify({ version: '0.1.0', ...status, rates })));
}

const quiet = { workers: {}, agents: {}, upstreams: [] };
const exit = {
  code: 1,
  signal: null,
  killed: false,
  notStarted: undefined,
  at: now,
  problem: 'cannot reach idp.internal',
};
const worker = { requestsPerSecond: 1204, refusalsPerSecond: 0, p50Ms: 1, p99Ms: 3.1, inFlight: 2, connections: 5 };
const troubled = shape(
  statusOf([
    childOf({
      name: 'auth',
      kind: 'agent',
      state: 'backoff',
      pid: undefined,
      restarts: 6,
      lastExit: exit,
      nextTryAt: now + 12_000,
      failureMode: 'closed',
      memoryBytes: undefined,
      cpuShare: undefined,
    }),
    childOf(),
  ]),
  {
    workers: { 'proxy/1': worker },
    agents: {},
    upstreams: [
      { name: 'shop', algorithm: 'least-connections', targets: 3, out: [] },
      {
        name: 'legacy',
        algorithm: 'round-robin',
        targets: 2,
        out: [{ name: '10.0.0.7:80', why: 'ejected, back in 20 s' }],
      },
    ],
  },
);

test('the whole table', () => {
  assert.equal(
    statusView(troubled, now, plain),
    `sentinel-stack 0.1.0   up 3 d 4 h   config a91f (sentinel.kdl)   1 of 2 not ready

  NAME     STATE     PID  UPTIME   RESTARTS  CPU    MEM  HEALTH
  auth     backoff     -  -               6    -      -  exit 1 "cannot reach idp.internal"; next try in 12 s
                                                         fail-closed: its routes answer 503
  proxy/1  up       4121  3 d 4 h         0  12%  61 MB  1,204 req/s · p99 3.1 ms · 2 in flight

  UPSTREAM  TARGETS  HEALTH
  shop      3 of 3   least-connections
  legacy    1 of 2   10.0.0.7:80 ejected, back in 20 s
`,
  );
});

test('what is well, and what is not', () => {
  const upstream = (out: { name: string; why: string }[]) => ({
    ...quiet,
    upstreams: [{ name: 'u', algorithm: 'x', targets: 1, out }],
  });
  const agents = (breaker: string) => ({
    ...quiet,
    agents: { waf: { callsPerSecond: 0, blocks: 0, timeouts: 0, breaker } },
  });
  assert(!isWell(troubled));
  assert(isWell(shape(statusOf(), quiet)));
  assert(isWell(shape(statusOf([childOf(), childOf({ role: 'leaving', state: 'stopping' })]), quiet)));
  assert(!isWell(shape(statusOf(), upstream([{ name: 't', why: 'down' }]))));
  assert(!isWell(shape(statusOf(), agents('open'))));
  assert(!isWell(shape({ ...statusOf(), phase: 'stopping' }, quiet)));
});

test('one that was stopped by hand says how it comes back', () => {
  const stopped = shape(statusOf([childOf({ state: 'stopped', pid: undefined })]), quiet);
  assert.match(statusView(stopped, now, plain), /stopped by hand; `start` brings it back/);
});

test('red is what is down', () => {
  assert(statusView(troubled, now, { color: true }).includes('\x1b[31mbackoff'));
});
