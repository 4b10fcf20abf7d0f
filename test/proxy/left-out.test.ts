// Targets that get nothing, with the reason; and the whole report of a worker, as the supervisor reads it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftOutOf } from '../../proxy/left-out.ts';
import { reportOf } from '../../proxy/report.ts';
import { lookAt } from '../../stack/api/briefs.ts';
import { TestWorker } from '../support/worker.ts';

test('what was served, what was refused, and which targets get nothing', async () => {
  await using one = await TestWorker.start(`listeners { listener "http" { address "127.0.0.1:0" } }
routes { route "r" { matches { path "/" }; builtin-handler "status" }; route "u" { matches { path "/u" }; upstream "u" } }
upstreams { upstream "u" { target "127.0.0.1:1"; target "127.0.0.1:2"; load-balancing "least-connections" } }`);
  assert.partialDeepStrictEqual(lookAt(await reportOf(one.worker)), { requests: 0, refusals: 0, agents: [] });
  await one.request('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await one.request('GET /none HTTP/1.1\r\nHost: a\r\n\r\n');
  one.worker.standings.of('u', '127.0.0.1:2').ejection.untilMs = one.worker.timers.nowMs + 19_500; // rounded up, by a coarse clock
  const look = lookAt(await reportOf(one.worker));
  assert.deepEqual([look?.requests, look?.refusals], [2, 1]);
  assert.equal(
    look?.durations.reduce((sum, count) => sum + count, 0),
    2,
  );
  const expected = [
    {
      name: 'u',
      algorithm: 'least-connections',
      targets: 2,
      out: [{ name: '127.0.0.1:2', why: 'ejected, back in 20 s' }],
    },
  ];
  assert.deepEqual(leftOutOf(one.worker), expected);
  assert.deepEqual(look?.upstreams, expected);
});
