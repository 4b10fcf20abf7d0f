// The end of an exchange told to an agent.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upstream } from '../../fixtures/upstream.ts';
import { until } from '../../support/proxy.ts';
import { asking, post } from './agent-server.ts';

test('the end is told, whatever it was', async () => {
  await using upstream = await Upstream.start();
  await using all = await asking(upstream, () => ({}), { events: '"log"' });
  await all.worker.request(post('abc'));
  await until(
    () => all.server.seen.length === 1,
    () => 'told',
  );
  const [told] = all.server.ofType('request_complete');
  assert.deepEqual(
    [told?.status, told?.requestBodySize, told?.responseBodySize, told?.upstreamAttempts],
    [200, 3, 2, 1],
  );
});
