// The one exit: whatever happens to an exchange, it is counted once and has one line, and its places are given back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeExchange } from '../../proxy/close-exchange.ts';
import type { Exchange } from '../../proxy/exchange.ts';
import { Upstream } from '../fixtures/upstream.ts';
import { until } from '../support/proxy.ts';
import { TestWorker } from '../support/worker.ts';

test('closing twice is closing once, and everything that was taken is given back', async () => {
  await using upstream = await Upstream.start(() => undefined);
  await using worker = await TestWorker.forwarding(upstream);
  const { upstreams, metrics } = worker.worker;
  await using client = await worker.open();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(
    () => upstream.bytes !== '',
    () => 'nothing arrives',
  );
  const [target] = upstreams.get('u')?.targets ?? [];
  assert.equal(target?.active, 1);
  client.socket.resetAndDestroy();
  await worker.lines(1);
  assert.deepEqual([target.active, metrics.exchangesInFlight, metrics.route('site').requests()[0]?.count], [0, 0, 1]);
  closeExchange({ isClosed: true } as Exchange); // touches nothing of it
});
