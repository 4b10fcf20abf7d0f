// What a worker says of itself when it is asked: JSON, with what goes on at that moment and everything that it counted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFamilies } from '#config/figures/family';
import { routeLines, trafficOf } from '#config/figures/tables';
import { supervisorLimits } from '#config/limits';
import { reportOf } from '../../proxy/report.ts';
import { TestWorker } from '../support/worker.ts';

const kdl =
  'listeners { listener "http" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status" } }';

test('connections and exchanges at this moment, and figures that the supervisor can read', async () => {
  await using one = await TestWorker.start(kdl);
  await using client = await one.open();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.sees('HTTP/1.1 200');
  await one.request('bad\r\n\r\n');
  const { figures, refusals, upstreams, ...now } = JSON.parse(await reportOf(one.worker));
  assert.deepEqual(now, { exchanges_in_flight: 0, connections_open: 1, is_draining: false });
  assert.deepEqual(upstreams, []);
  assert.equal(trafficOf(readFamilies(figures)).requests, 2);
  assert.equal(readFamilies(figures).length, figures.length);
  assert.equal(routeLines(readFamilies(figures)).find(({ name }) => name === 'r')?.requests, 1);
  assert.partialDeepStrictEqual(refusals, [{ reason: 'head-malformed', status: 400, client: '127.0.0.1' }]);
});

test('of very many routes, only those that were asked for', async () => {
  await using one = await TestWorker.start(kdl);
  const name = 'n'.repeat(400);
  for (let count = 0; count < 4000; count += 1) one.worker.metrics.route(`${name}${count}`);
  one.worker.metrics.route(`${name}7`).count('GET', 200, 0.1);
  const text = await reportOf(one.worker);
  assert(text.length < supervisorLimits.reportCharactersMax);
  assert.deepEqual(
    routeLines(readFamilies(JSON.parse(text).figures)).map((line) => [line.name, line.requests]),
    [[`${name}7`, 1]],
  );
});
