// Retries through a worker: what each key of a policy changes, what is never sent twice, and what happens to the reply
// that is given up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryLimits } from '#config/limits';
import { requestsIn, Upstream } from '../../fixtures/upstream.ts';
import { effect } from '../../support/effect.ts';
import { until } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';
import { answering, get, refusing, startWorker, statuses } from './support.ts';

const quick = 'backoff-ms 0;';
const post = (body: string): string => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

effect(['routes.route.retry-policy.max-attempts', 'routes.route.retry-policy.on'], async () => {
  await using bad = await answering(() => 503);
  for (const [policy, attempts] of [
    ['max-attempts 3; on "503"', 3],
    ['max-attempts 2; on "503"', 2],
    ['max-attempts 1; on "503"', 1],
    ['max-attempts 3; on "502" "timeout"', 1],
  ] as const) {
    await using worker = await startWorker({ targets: [bad.address], route: `retry-policy { ${quick} ${policy} }` });
    assert.deepEqual(await statuses(worker, 1), [503], 'in the end the reply of the upstream');
    const [line] = await worker.lines(1);
    assert.deepEqual([line?.attempts, line?.refusal], [attempts, undefined], policy);
  }
});

effect('routes.route.retry-policy.methods', async () => {
  await using bad = await answering(() => 503);
  for (const [methods, attempts] of [
    ['', 1],
    ['methods "POST" "PUT"', 3],
  ] as const) {
    await using worker = await startWorker({ targets: [bad.address], route: `retry-policy { ${quick} ${methods} }` });
    assert.deepEqual(await statuses(worker, 1, post('')), [503]);
    assert.equal((await worker.lines(1))[0]?.attempts, attempts);
  }
});

effect('routes.route.retry-policy.per-try-timeout-ms', async () => {
  for (const [limit, status] of [
    ['per-try-timeout-ms 50', 200],
    ['', 504],
  ] as const) {
    let asked = 0;
    await using slow = await answering(() => (asked++ === 0 ? undefined : 200));
    await using worker = await startWorker({
      targets: [slow.address],
      inUpstream: 'timeouts { response-headers-ms 500 }',
      route: `policies { timeout-ms 400 }; retry-policy { ${quick} on "timeout"; ${limit} }`,
    });
    assert.deepEqual(await statuses(worker, 1), [status], limit);
  }
});

effect('routes.route.retry-policy.backoff-ms', async () => {
  await using bad = await answering(() => 503);
  for (const [backoffMs, status] of [
    [0, 503],
    [1000, 504], // at least half a second, which the exchange does not have
  ] as const) {
    const route = `policies { timeout-ms 300 }; retry-policy { max-attempts 2; backoff-ms ${backoffMs} }`;
    await using worker = await startWorker({ targets: [bad.address], route });
    assert.deepEqual(await statuses(worker, 1), [status]);
  }
});

effect('routes.route.retry-policy.budget-percent', async () => {
  for (const [percent, more] of [
    [0, retryLimits.budgetFloorRetries],
    [50, retryLimits.budgetFloorRetries + 20],
  ] as const) {
    await using bad = await answering(() => 503);
    const route = `retry-policy { ${quick} budget-percent ${percent}; max-attempts 2 }`;
    await using worker = await startWorker({ targets: [bad.address], route });
    await statuses(worker, 40);
    assert.equal(bad.paths.length, 40 + more);
    const { metrics } = worker.worker.upstreams.get('u')?.targets[0] ?? assert.fail();
    assert.deepEqual([metrics.retries.get('503'), metrics.retryBudgetExhausted], [more, 40 - more]);
    assert.equal(metrics.failures.get('status'), more);
  }
});

test('another target first, for every cause; the access line says how many attempts', async () => {
  await using good = await answering(() => 200);
  await using closing = await Upstream.start(({ socket }) => {
    socket.resetAndDestroy();
    return undefined;
  });
  await using bad = await answering(() => 502);
  await using silent = await answering(() => undefined);
  for (const other of [closing.address, bad.address, silent.address, await refusing()]) {
    const route = `retry-policy { ${quick} on "reset" "502" "timeout"; per-try-timeout-ms 50; max-attempts 2 }`;
    // Without a memory of what was tried, its weight would bring the first again.
    await using worker = await startWorker({ targets: [other, good.address], firstWeight: 1000, route });
    assert.deepEqual(await statuses(worker, 6), [200, 200, 200, 200, 200, 200], other);
    for (const line of await worker.lines(6)) assert.equal(line.target, good.address);
  }
});

test('when no target can be reached, all are tried again', async () => {
  const address = await refusing();
  await using worker = await startWorker({ targets: [address], route: `retry-policy { ${quick} max-attempts 3 }` });
  assert.deepEqual(await statuses(worker, 1, post('kept')), [502], 'nothing of it was sent, so any method may');
  const { metrics } = worker.worker.upstreams.get('u')?.targets[0] ?? assert.fail();
  assert.deepEqual([metrics.failures.get('connect'), metrics.retries.get('connect-failure')], [3, 2]);
});

test('a body is sent again, whole, in its framing; one that is too long is not', async () => {
  for (const framing of ['declared', 'chunked']) {
    await using upstream = await Upstream.start((received) => {
      const seen = requestsIn(upstream.bytes).length;
      if (requestsIn(received.bytes).length === 0) return undefined;
      const status = seen === 1 ? '503 X\r\nConnection: close' : '200 OK';
      return `HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nok`;
    });
    await using worker = await startWorker({ targets: [upstream.address], route: `retry-policy { ${quick} }` });
    const bytes =
      framing === 'declared'
        ? 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world'
        : 'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n';
    assert.deepEqual(await statuses(worker, 1, bytes), [200]);
    const bodies = requestsIn(upstream.bytes).map(({ body }) =>
      body.replaceAll(/\r\n[0-9a-f]*\r\n|^[0-9a-f]+\r\n/g, ''),
    );
    assert.deepEqual(
      bodies.map((body) => body.replace('\r\n', '')),
      ['hello world', 'hello world'],
      framing,
    );
    assert.equal(worker.worker.keptBytes.count, 0, 'what was kept of a body is given back');
  }
  const long = 'x'.repeat(retryLimits.bodyBytesMax + 1);
  await using bad = await Upstream.start((received) =>
    requestsIn(received.bytes).length > 0 ? 'HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n' : undefined,
  );
  await using worker = await startWorker({ targets: [bad.address], route: `retry-policy { ${quick} methods "POST" }` });
  assert.deepEqual(await statuses(worker, 1, post(long)), [503]);
  assert.equal((await worker.lines(1))[0]?.attempts, 1);
});

test('a reply that is given up leaves its connection in step, or is cut off', async () => {
  let asked = 0;
  const length = 1_000_000;
  await using upstream = await Upstream.start(() => {
    asked += 1;
    if (asked === 1) return 'HTTP/1.1 503 X\r\nContent-Length: 2\r\n\r\nno';
    if (asked === 2) return `HTTP/1.1 503 X\r\nContent-Length: ${length}\r\n\r\nonly some`;
    return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  });
  await using worker = await startWorker({ targets: [upstream.address], route: `retry-policy { ${quick} }` });
  assert.deepEqual(await statuses(worker, 1), [200]);
  assert.equal(upstream.connections.length, 2, 'the first is used again, the second is not');
  await until(
    () => upstream.openCount === 1,
    () => 'a reply that nobody wants is still waited for',
  );
});

test('a client that leaves while a retry is waited for ends it', async () => {
  await using bad = await answering(() => 503);
  await using worker = await startWorker({ targets: [bad.address], route: 'retry-policy { backoff-ms 1000 }' });
  const client = await worker.open();
  client.send(get());
  await until(
    () => bad.paths.length === 1,
    () => 'not asked',
  );
  client.socket.resetAndDestroy();
  const [line] = await worker.lines(1);
  assert.equal(line?.status, 499);
  assert.equal(worker.worker.upstreams.get('u')?.targets[0]?.active, 0);
  assert.equal(worker.worker.metrics.exchangesInFlight, 0);
});

test('a route with a split tries again within the upstream that was chosen', async () => {
  await using bad = await answering(() => 503);
  await using good = await answering(() => 200);
  await using other = await answering(() => 200);
  await using worker = await TestWorker.start(`listeners { listener "http" { address "127.0.0.1:0" } }
routes { route "site" { split { upstream "u"; upstream "other" weight=0 }; retry-policy { ${quick} max-attempts 2 } } }
upstreams { upstream "u" { target "${bad.address}"; target "${good.address}" }; upstream "other" { target "${other.address}" } }`);
  assert.deepEqual(await statuses(worker, 6), [200, 200, 200, 200, 200, 200]);
  assert(bad.paths.length > 0);
  assert.equal(other.paths.length, 0);
  for (const line of await worker.lines(6)) assert.deepEqual([line.upstream, line.target], ['u', good.address]);
});

test('a target of weight 0 is no target that is left: all others are tried again', async () => {
  const gone = await refusing();
  const idle = 'target "127.0.0.1:1" weight=0';
  const route = `retry-policy { ${quick} max-attempts 3 }`;
  await using worker = await startWorker({ targets: [gone], inUpstream: idle, route });
  assert.deepEqual(await statuses(worker, 1), [502]);
  const { metrics } = worker.worker.upstreams.get('u')?.targets[0] ?? assert.fail();
  assert.equal(metrics.failures.get('connect'), 3);
});
