// Targets that fail while others, or nobody, can take their place: who is asked, how often, and when they are back. The
// real proxy, a good client beside it, and the books at the end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryLimits } from '#config/limits';
import { NameServer } from '../fixtures/name-server.ts';
import { answerHeads, type Behaviour, Upstream } from '../fixtures/upstream.ts';
import { RawClient, type RunningProxy, statusOf, until } from '../support/proxy.ts';
import {
  expectBooks,
  GoodClient,
  goodReply,
  metric,
  outcomes,
  type Setting,
  startAttacked,
  startGood,
} from './support.ts';

const get = (path = '/'): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const failing = 'HTTP/1.1 503 X\r\nContent-Length: 4\r\n\r\nbusy';
const resetting: Behaviour = ({ socket }) => {
  socket.resetAndDestroy();
  return undefined;
};

/** Clients that ask so many times each, all at once, one request after the other; how many of each status came back. */
async function load(proxy: RunningProxy, clients: number, each: number): Promise<Readonly<Record<number, number>>> {
  const counts: Record<number, number> = {};
  const one = async () => {
    await using client = await RawClient.open(proxy.port());
    for (let asked = 0; asked < each; asked += 1) {
      client.received = '';
      client.send(get());
      await client.sees(/^HTTP\/1\.1 \d{3} [\s\S]*\r\n\r\n[\s\S]*(?:good|busy|\n)$/);
      const status = statusOf(client.received);
      counts[status] = (counts[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, one));
  return counts;
}

/** Starts, runs beside a good client, and closes the books: so many exchanges are the attack's own. */
async function attacked(
  setting: Setting,
  run: (proxy: RunningProxy) => Promise<number>,
): Promise<Readonly<Record<string, number>>> {
  await using good = await startGood();
  await using proxy = await startAttacked(good, setting);
  await using client = new GoodClient(proxy);
  const count = await run(proxy);
  return outcomes(await expectBooks(proxy, count + (await client.stop())));
}

test('one of two targets resets every connection: no idempotent request fails', async () => {
  await using bad = await Upstream.start(resetting);
  await using other = await startGood();
  const targets = [bad.address, other.address];
  await attacked({ targets, route: `retry-policy { backoff-ms 1; budget-percent 100 }` }, async (proxy) => {
    assert.deepEqual(await load(proxy, 10, 20), { 200: 200 });
    assert(bad.connections.length >= 50, 'it has had its share');
    const retries = await metric(proxy, 'sentinel_upstream_retries_total', 'reason="reset"');
    assert.equal(await metric(proxy, 'sentinel_upstream_failures_total', 'reason="reset"'), retries);
    return 200;
  });
});

test('without another target a reset is 502', async () => {
  await using bad = await Upstream.start(resetting);
  const seen = await attacked({ targets: [bad.address] }, async (proxy) => {
    assert.deepEqual(await load(proxy, 2, 5), { 502: 10 });
    return 10;
  });
  assert.deepEqual(seen, { '502 upstream-closed': 10 });
});

test('a dying upstream gets at most the budget on top of what clients ask', async () => {
  for (const percent of [20, 50]) {
    let asked = 0;
    await using dying = await Upstream.start((received) => {
      asked += received.bytes.split('\r\n\r\n').length - 1;
      received.bytes = '';
      return failing;
    });
    const total = 400;
    await attacked(
      { targets: [dying.address], route: `retry-policy { backoff-ms 1; max-attempts 10; budget-percent ${percent} }` },
      async (proxy) => {
        assert.deepEqual(await load(proxy, 20, 20), { 503: total });
        const most = total * (1 + percent / 100) + retryLimits.budgetFloorRetries;
        assert(asked > total && asked <= most, `${asked} of at most ${most}`);
        assert.equal(await metric(proxy, 'sentinel_upstream_attempts_total', 'upstream="u"'), asked);
        assert((await metric(proxy, 'sentinel_upstream_retry_budget_exhausted_total')) > 0);
        return total;
      },
    );
  }
});

test('all targets down, then up: 503 at once, and back with the first good probes', async () => {
  const one = await Upstream.start();
  const { port } = one;
  await one[Symbol.asyncDispose]();
  const threshold = 3;
  const check = `interval-ms 300; timeout-ms 200; healthy-threshold ${threshold}; type "http"; path "/probe"`;
  const setting = { targets: [`127.0.0.1:${port}`], inUpstream: `panic "refuse"; health-check { ${check} }` };
  const seen = await attacked(setting, async (proxy) => {
    await until(
      () => proxy.stderr().includes('target-unhealthy'),
      () => proxy.stderr(),
    );
    assert.equal(await metric(proxy, 'sentinel_upstream_target_healthy', 'upstream="u"'), 0);
    assert.deepEqual(await load(proxy, 5, 4), { 503: 20 });
    let probes = 0;
    await using back = await Upstream.start((received) => {
      const isProbe = received.bytes.startsWith('GET /probe');
      if (isProbe) probes += 1;
      received.bytes = '';
      return goodReply;
    }, port);
    await until(
      () => proxy.stderr().includes('target-healthy'),
      () => proxy.stderr(),
    );
    assert.equal(probes, threshold, 'no more than it takes: probes come so often that it is one interval');
    assert.deepEqual(await load(proxy, 5, 4), { 200: 20 });
    assert.equal(await metric(proxy, 'sentinel_upstream_target_healthy', 'upstream="u"'), 1);
    assert(back.connections.length > 0);
    return 40;
  });
  assert.deepEqual(seen, { '503 upstream-unavailable': 20, 200: 20 });
});

test('a target that flaps is left out and comes back; with retries no request fails', async () => {
  let isDown = false;
  const behaviour = answerHeads(goodReply);
  await using flapping = await Upstream.start((received, server) =>
    isDown ? resetting(received, server) : behaviour(received, server),
  );
  await using other = await startGood();
  const inUpstream =
    'ejection { ejection-ms 100; max-ejection-ms 200 }; health-check { type "http"; interval-ms 100; timeout-ms 100 }';
  const route = 'retry-policy { backoff-ms 1; budget-percent 100 }'; // until a probe notices, half of all are retried
  await attacked({ targets: [flapping.address, other.address], inUpstream, route }, async (proxy) => {
    let count = 0;
    for (let round = 0; round < 6; round += 1) {
      isDown = round % 2 === 0;
      assert.deepEqual(await load(proxy, 5, 20), { 200: 100 }, `round ${round}`);
      count += 100;
      const wanted = isDown ? 0 : 1;
      await until(
        async () =>
          (await metric(proxy, 'sentinel_upstream_target_healthy', `target="${flapping.address}"`)) === wanted,
        () => `round ${round}: not ${wanted}\n${proxy.stderr()}`,
      );
    }
    return count;
  });
});

test('a target that is slow beyond a deadline for each attempt costs that deadline, no failure', async () => {
  await using slow = await Upstream.start(() => undefined);
  await using other = await startGood();
  const inUpstream = 'circuit-breaker { failure-threshold 5; recovery-timeout-secs 60 }';
  const route = 'retry-policy { backoff-ms 1; on "timeout"; per-try-timeout-ms 100; budget-percent 100 }';
  await attacked({ targets: [slow.address, other.address], inUpstream, route }, async (proxy) => {
    assert.deepEqual(await load(proxy, 4, 25), { 200: 100 });
    assert.equal(await metric(proxy, 'sentinel_upstream_circuit_breaker_state', `target="${slow.address}"`), 1);
    const late = await metric(proxy, 'sentinel_upstream_failures_total', 'reason="timeout"');
    assert(late >= 5 && late <= 8, `the breaker let ${late} wait: five, and those under way`);
    return 100;
  });
});

test('name servers that fail or say nothing: what was known stays, and what was never known is 503', async () => {
  await using server = await NameServer.start();
  await using target = await startGood();
  server.zones.set('shop.test', { addresses: ['127.0.0.1'], ttlSecs: 1 });
  const setting = (name: string): Setting => ({
    targets: [`${name}:${target.port}`],
    more: `system { name-servers "${server.address}" }`,
  });
  await attacked(setting('shop.test'), async (proxy) => {
    assert.deepEqual(await load(proxy, 2, 5), { 200: 10 });
    server.mode = 'silent';
    await until(
      () => proxy.stderr().includes('name-failed'),
      () => 'nobody asks again',
    );
    assert.deepEqual(await load(proxy, 2, 5), { 200: 10 });
    return 20;
  });
  const seen = await attacked(setting('shop.test'), async (proxy) => {
    assert.deepEqual(await load(proxy, 2, 5), { 503: 10 });
    server.mode = 'answers';
    await until(
      () => proxy.stderr().includes('upstream-up'),
      () => proxy.stderr(),
    );
    assert.deepEqual(await load(proxy, 2, 5), { 200: 10 });
    return 20;
  });
  assert.deepEqual(seen, { '503 upstream-unavailable': 10, 200: 10 });
});
