// A proxy alone answers for itself; one with a supervisor asks it (the channel is tested end to end, e2e/metrics).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnSource, SupervisorSource } from '../../../proxy/admin/source.ts';
import { TestWorker } from '../../support/worker.ts';

const kdl =
  'listeners { listener "http" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status" } }';

test('its own figures and state', async () => {
  await using one = await TestWorker.start(kdl);
  await one.request('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const source = new OwnSource(one.worker);
  const text = await source.ask('prometheus');
  assert.match(text, /^sentinel_requests_total\{route="r",method="GET",status="200"\} 1$/m);
  assert.match(text, /^sentinel_build_info\{version="[\d.]+",node="v26[\d.]+"\} 1$/m);
  assert.deepEqual(JSON.parse(await source.ask('readiness')), { ready: true, obstacles: [] });
  assert.partialDeepStrictEqual(JSON.parse(await source.ask('status')), {
    phase: 'running',
    pid: process.pid,
    traffic: { requests: 1 },
  });
  one.worker.isDraining = true;
  assert.deepEqual(JSON.parse(await source.ask('readiness')), { ready: false, obstacles: ['draining'] });
});

test('without a channel there is nobody to ask', async () => {
  assert.equal(await new SupervisorSource().ask('status'), undefined);
});
