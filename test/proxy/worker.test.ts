// A worker holds what its configuration says, and parsers go round.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upstream } from '../fixtures/upstream.ts';
import { TestWorker } from '../support/worker.ts';
import { requestOf } from './request/routes.ts';

test('routes know their upstreams and their own bounds', async () => {
  await using upstream = await Upstream.start();
  await using started = await TestWorker.forwarding(upstream, { route: 'policies { max-body-size 7 }' });
  const { worker } = started;
  const route = worker.routes.get('site');
  assert.equal(route?.upstream, worker.upstreams.get('u'));
  assert.equal(route?.bodyBytesMax, 7);
  assert.equal(route?.agents, undefined);
  assert.equal(worker.routeTable.match(requestOf({ host: 'x' })), route);
});

test('a parser that is given back is taken again and holds nothing of before', async () => {
  await using upstream = await Upstream.start();
  await using started = await TestWorker.forwarding(upstream);
  const head = started.worker.takeHead();
  head.begin(Buffer.from('GET /secret'), 0);
  started.worker.giveHead(head);
  assert.equal(head.bytes.length, 0);
  assert.equal(started.worker.takeHead(), head);
});
