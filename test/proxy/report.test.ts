// What a worker says of itself when it is asked: JSON, with what goes on at that moment.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportOf } from '../../proxy/report.ts';
import { TestWorker } from '../support/worker.ts';

test('connections and exchanges at this moment', async () => {
  await using one = await TestWorker.start(
    'listeners { listener "http" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status" } }',
  );
  await using client = await one.open();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.sees('HTTP/1.1 200');
  assert.partialDeepStrictEqual(JSON.parse(reportOf(one.worker)), {
    exchanges_in_flight: 0,
    connections_open: 1,
    is_draining: false,
  });
});
