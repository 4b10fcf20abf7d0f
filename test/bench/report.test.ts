// From samples to what the page says: medians, ratios of the same round, goals met and missed, and the markers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWrk, type Sample } from './measure.ts';
import { median, memoryTable, putBetweenMarkers, ratiosByRound, workTable } from './report.ts';
import type { ServerName } from './servers.ts';
import { type Work, works } from './work.ts';

const work = works.find(({ name }) => name === 'get-1k') as Work;
const samples = (...costs: number[]): Sample[] =>
  costs.map((cpuUsPerRequest) => ({ cpuUsPerRequest, requestsPerSecond: 40_000, busy: 0.987, p99Ms: 2 }));

test('the median of an even number of values lies between the middle two, and there is none of nothing', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([1, 2, 10, 4]), 3);
  assert.throws(() => median([]));
});

test('a ratio compares values of the same round', () => {
  assert.deepEqual(ratiosByRound(samples(20, 30), samples(10, 60)), [2, 0.5]);
  assert.throws(() => ratiosByRound(samples(20, 30), samples(10)));
});

test('a line per proxy: median, spread, ratio, and whether the goal was met', () => {
  const measured = new Map<ServerName, readonly Sample[]>([
    ['sentinel-stack', samples(20, 24, 22)],
    ['nginx', samples(20, 20, 20)],
    ['haproxy', samples(20, 20, 20).toReversed()],
    ['caddy', samples(200, 200, 200)],
  ]);
  const lines = workTable(new Map([[work, measured]]))
    .trimEnd()
    .split('\n')
    .slice(2);
  assert.deepEqual(lines, [
    '| 1 KB reply, keep-alive | sentinel-stack | 22.0 [20.0-24.0] | 40000 | 2.0 | 99 % |  |  |',
    '| 1 KB reply, keep-alive | nginx | 20.0 [20.0-20.0] | 40000 | 2.0 | 99 % | 1.10 [1.00-1.20] | 1: missed by 10 % |',
    '| 1 KB reply, keep-alive | haproxy | 20.0 [20.0-20.0] | 40000 | 2.0 | 99 % | 1.10 [1.00-1.20] | 1.1: met |',
    '| 1 KB reply, keep-alive | caddy | 200.0 [200.0-200.0] | 40000 | 2.0 | 99 % | 0.11 [0.10-0.12] | 0.2: met |',
  ]);
});

test('memory is told in megabytes, and in kilobytes per connection', () => {
  const MB = 1024 * 1024;
  const result = {
    emptyBytes: 60 * MB,
    idleBytesPerConnection: 6144,
    idleSecureBytes: 51_200,
    requests: 200_000,
    tenthBytes: 70 * MB,
    afterBytes: 71.5 * MB,
    hash: '',
  };
  const task = { idleConnections: 5000, idleWarmUpRequests: 1, requests: 1_000_000, requestsOfPeers: 200_000 };
  assert.equal(
    memoryTable(new Map([['nginx', result]]), task)
      .trimEnd()
      .split('\n')
      .at(-1),
    '| nginx | 60.0 MB | 6.0 KB | 50.0 KB | 200,000 | 70.0 MB | 71.5 MB |',
  );
});

test('only what lies between the markers is replaced', () => {
  const page = 'before\n<!-- begin: written by test/bench/run.ts -->\nold\n<!-- end -->\nafter\n';
  assert.equal(putBetweenMarkers(page, 'new\n'), page.replace('\nold\n', '\n\nnew\n\n'));
  assert.throws(() => putBetweenMarkers('no markers', 'new'), /no place for the tables/);
});

const printed = `Running 3s test @ http://127.0.0.1:1
  Latency Distribution
     50%  512.00us
     99%    1.50ms
  1200 requests in 3.00s, 1.20MB read
Requests/sec:    400.00
`;

test('what wrk prints is read, and a run with errors or bad answers is refused', () => {
  assert.deepEqual(readWrk(printed), { requests: 1200, p99Ms: 1.5 });
  const slow = printed.replace(/^(\s*99%\s+).*$/m, '$12.06s '); // seconds have a blank behind them
  assert.equal(readWrk(slow).p99Ms, 2060);
  assert.throws(() => readWrk(`${printed}  Socket errors: connect 0, read 3, write 0, timeout 0`), /not every request/);
  assert.throws(() => readWrk(`${printed}  Non-2xx or 3xx responses: 7`), /not every request/);
  assert.throws(() => readWrk('unable to connect'), /something else than usual/);
});
