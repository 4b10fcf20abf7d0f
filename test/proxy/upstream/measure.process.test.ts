// When a target is measured: as its reply begins or fails to come; not for what a client did, and not where nobody asks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerEach, Upstream } from '../../fixtures/upstream.ts';
import { until } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const adaptive = 'load-balancing "adaptive"';

const meterOf = (worker: TestWorker) => {
  const meter = worker.worker.upstreams.get('u')?.targets[0]?.meter;
  assert(meter !== undefined);
  return meter;
};

test('a reply counts as good, a 5xx as a failure, and neither where nobody asks', async () => {
  await using upstream = await Upstream.start();
  await using worker = await TestWorker.forwarding(upstream, { inUpstream: adaptive });
  await worker.request(get);
  assert(meterOf(worker).latencyMs > 0);
  assert.equal(meterOf(worker).success, 1);
  upstream.become(answerEach('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'));
  await worker.request(get);
  assert(meterOf(worker).success < 1);
  await using plain = await TestWorker.forwarding(upstream);
  await plain.request(get);
  assert.equal(meterOf(plain).latencyMs, 0);
});

test('connections refused and lost, and replies that are late, count as failures', async () => {
  await using upstream = await Upstream.start(({ socket }) => {
    socket.destroy();
    return undefined;
  });
  await using worker = await TestWorker.forwarding(upstream, { inUpstream: adaptive });
  await worker.request(get);
  assert.equal(meterOf(worker).success, 0);
  upstream.become(() => undefined);
  await using late = await TestWorker.forwarding(upstream, {
    inUpstream: `${adaptive}; timeouts { response-headers-ms 30 }`,
  });
  await late.request(get);
  assert.equal(meterOf(late).success, 0);
  await using exchange = await TestWorker.forwarding(upstream, {
    inUpstream: adaptive,
    route: 'policies { timeout-ms 30 }',
  });
  await exchange.request(get);
  assert.equal(meterOf(exchange).success, 0);
  const gone = await Upstream.start();
  const { address } = gone;
  await gone[Symbol.asyncDispose]();
  await using refused = await TestWorker.forwarding({ address }, { inUpstream: adaptive });
  await refused.request(get);
  assert.equal(meterOf(refused).success, 0);
});

test('a client that leaves is not held against the target', async () => {
  await using upstream = await Upstream.start(() => undefined);
  await using worker = await TestWorker.forwarding(upstream, { inUpstream: adaptive });
  await using client = await worker.open();
  client.send(get);
  await until(
    () => upstream.bytes.endsWith('\r\n\r\n'),
    () => 'nothing was forwarded',
  );
  client.socket.resetAndDestroy();
  await worker.lines(1);
  assert.equal(meterOf(worker).latencyMs, 0);
});

test('replies that are given up for another attempt are measured too, each once', async () => {
  await using upstream = await Upstream.start();
  upstream.become(answerEach('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'));
  await using worker = await TestWorker.forwarding(upstream, {
    inUpstream: adaptive,
    route: 'retry-policy { max-attempts 3; backoff-ms 0; on "503" }',
  });
  let measured = 0;
  const meter = meterOf(worker);
  const measure = meter.measure.bind(meter);
  meter.measure = (...values) => {
    measured += 1;
    measure(...values);
  };
  await worker.request(get);
  assert.equal(measured, 3);
  assert.equal(meter.success, 0);
});
