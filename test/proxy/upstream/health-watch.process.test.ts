// Ejections and breakers through a worker: what each key changes, what is logged and counted, and what is remembered
// beyond one configuration.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFamilies } from '#config/figures/text';
import { createLogger } from '#config/log';
import { figuresOf } from '../../../proxy/admin/figures.ts';
import { Departures } from '../../../proxy/http1/departures.ts';
import { TimerWheel } from '../../../proxy/timers.ts';
import { Standings, UpstreamWatch } from '../../../proxy/upstream/health-watch.ts';
import { Upstream as Upstreams } from '../../../proxy/upstream/pick.ts';
import { ReadBuffer } from '../../../proxy/upstream/read-buffer.ts';
import { Upstream } from '../../fixtures/upstream.ts';
import { startDeaf } from '../../support/deaf.ts';
import { effect } from '../../support/effect.ts';
import { until } from '../../support/proxy.ts';
import type { TestWorker } from '../../support/worker.ts';
import {
  answering,
  eventsOf,
  get,
  isWhole,
  openClient,
  refusing,
  startWorker,
  statuses,
  upstreamConfig,
} from './support.ts';

const counted = async (worker: TestWorker, line: string): Promise<boolean> =>
  formatFamilies(figuresOf(worker.worker)).split('\n').includes(line);

effect(
  ['upstreams.upstream.ejection.consecutive-5xx', 'upstreams.upstream.ejection.max-ejection-percent'],
  async () => {
    for (const [rules, badAsked] of [
      ['consecutive-5xx 2', 2],
      ['consecutive-5xx 4', 4],
      ['consecutive-5xx 0', 10],
      ['consecutive-5xx 2; max-ejection-percent 49', 10],
    ] as const) {
      await using bad = await answering(() => 500);
      await using good = await answering(() => 200);
      const inUpstream = `ejection { ${rules} }`;
      await using worker = await startWorker({ targets: [bad.address, good.address], inUpstream });
      await statuses(worker, 20);
      assert.equal(bad.paths.length, badAsked, rules);
      const isOut = badAsked < 10;
      assert.equal(eventsOf(worker, 'target-ejected').length, isOut ? 1 : 0);
      const labels = `upstream="u",target="${bad.address}"`;
      assert(await counted(worker, `sentinel_upstream_target_ejected_total{${labels}} ${isOut ? 1 : 0}`));
      assert(await counted(worker, `sentinel_upstream_target_healthy{${labels}} ${isOut ? 0 : 1}`));
    }
  },
);

effect('upstreams.upstream.ejection.consecutive-connect-failures', async () => {
  await using good = await answering(() => 200);
  const gone = await refusing();
  for (const [most, failures] of [
    [3, 3],
    [0, 10],
  ] as const) {
    const inUpstream = `ejection { consecutive-connect-failures ${most} }`;
    await using worker = await startWorker({ targets: [gone, good.address], inUpstream });
    assert.equal((await statuses(worker, 20)).filter((status) => status !== 200).length, 0);
    assert.equal(worker.worker.upstreams.get('u')?.targets[0]?.metrics.failures.get('connect') ?? 0, failures);
  }
});

effect('upstreams.upstream.ejection.slow-factor', async () => {
  for (const [factor, count] of [
    [3, 1],
    [0, 0],
  ] as const) {
    await using quick = await answering(() => 200);
    await using slow = await answering(() => 200);
    const inUpstream = `load-balancing "round-robin"; ejection { slow-factor ${factor} }`;
    await using worker = await startWorker({ targets: [slow.address, quick.address], inUpstream });
    const [first] = worker.worker.upstreams.get('u')?.targets ?? [];
    // Told as a reply would be: fifty slow replies of a real server would only take longer.
    await statuses(worker, 120);
    for (let told = 0; told < 50; told += 1) first?.watch?.onReply(200, 500, false);
    assert.equal(eventsOf(worker, 'target-ejected').filter(({ reason }) => reason === 'slow').length, count);
    assert.equal(first?.isAvailable, count === 0);
  }
});

effect(['upstreams.upstream.ejection.ejection-secs', 'upstreams.upstream.ejection.max-ejection-secs'], async () => {
  await using bad = await answering(() => 500);
  await using good = await answering(() => 200);
  const inUpstream = 'ejection { consecutive-5xx 1; ejection-ms 100; max-ejection-ms 150 }';
  await using worker = await startWorker({ targets: [bad.address, good.address], inUpstream });
  for (const count of [1, 2]) {
    await statuses(worker, 2);
    assert.equal(eventsOf(worker, 'target-ejected').length, count);
    await until(
      () => eventsOf(worker, 'target-returned').length === count,
      () => 'it does not return',
    );
  }
  assert.deepEqual(
    eventsOf(worker, 'target-ejected').map((one) => one['for_ms']),
    [100, 150],
  );
});

effect(
  [
    'upstreams.upstream.circuit-breaker.failure-threshold',
    'upstreams.upstream.circuit-breaker.success-threshold',
    'upstreams.upstream.circuit-breaker.recovery-timeout-secs',
  ],
  async () => {
    let status = 503;
    await using upstream = await answering(() => status);
    const inUpstream = 'circuit-breaker { failure-threshold 3; success-threshold 2; recovery-timeout-ms 100 }';
    await using worker = await startWorker({ targets: [upstream.address], inUpstream });
    const labels = `upstream="u",target="${upstream.address}"`;
    await statuses(worker, 3);
    assert.equal(eventsOf(worker, 'breaker-opened').length, 1, 'after three failures, no less');
    status = 200;
    const { breaker } = worker.worker.standings.of('u', upstream.address);
    await until(
      () => breaker.state === 'half-open',
      () => breaker.state,
    );
    assert(await counted(worker, `sentinel_upstream_circuit_breaker_state{${labels}} 2`));
    assert.deepEqual(await statuses(worker, 1), [200]);
    assert.equal(breaker.state, 'half-open', 'one success is not enough');
    assert.deepEqual(await statuses(worker, 1), [200]);
    assert.deepEqual([breaker.state, eventsOf(worker, 'breaker-closed').length], ['closed', 1]);
    await using long = await startWorker({
      targets: [await refusing()],
      inUpstream: 'circuit-breaker { failure-threshold 2; recovery-timeout-secs 3600 }',
    });
    assert.deepEqual(await statuses(long, 4), [502, 502, 503, 503]);
    const { failures } = long.worker.upstreams.get('u')?.targets[0]?.metrics ?? assert.fail();
    assert.equal(failures.get('connect'), 2, 'it is left alone, whatever `panic` says');
    assert.equal((await long.lines(4))[3]?.refusal, 'upstream-unavailable');
  },
);

effect('upstreams.upstream.circuit-breaker.half-open-max-requests', async () => {
  for (const trials of [1, 2]) {
    let isDown = true;
    await using upstream = await answering((path) => (isDown ? 503 : path === '/wait' ? undefined : 200));
    const rules = `failure-threshold 1; recovery-timeout-ms 60; half-open-max-requests ${trials}`;
    await using worker = await startWorker({ targets: [upstream.address], inUpstream: `circuit-breaker { ${rules} }` });
    await statuses(worker, 1);
    isDown = false;
    const { breaker } = worker.worker.standings.of('u', upstream.address);
    await until(
      () => breaker.state === 'half-open',
      () => breaker.state,
    );
    await using waiting = await openClient(worker);
    waiting.send(get('/wait'));
    await until(
      () => upstream.paths.includes('/wait'),
      () => 'no trial',
    );
    assert.deepEqual(await statuses(worker, 1), [trials === 1 ? 503 : 200]);
    waiting.socket.resetAndDestroy();
    await until(
      () => breaker.trials === 0,
      () => 'a trial whose client left keeps its place',
    );
    assert.deepEqual(await statuses(worker, 1), [200]);
  }
});

test('a trial that never gets a reply opens the breaker again, by whichever deadline', async () => {
  for (const deadline of ['policies { timeout-ms 60 }', '']) {
    let isDown = true;
    await using upstream = await answering(() => (isDown ? 503 : undefined));
    const inUpstream =
      'timeouts { response-headers-ms 80 }; circuit-breaker { failure-threshold 1; recovery-timeout-ms 60 }';
    await using worker = await startWorker({ targets: [upstream.address], inUpstream, route: deadline });
    await statuses(worker, 1);
    isDown = false;
    const { breaker } = worker.worker.standings.of('u', upstream.address);
    await until(
      () => breaker.state === 'half-open',
      () => breaker.state,
    );
    assert.deepEqual(await statuses(worker, 1), [504]);
    assert.equal(eventsOf(worker, 'breaker-opened').length, 2, deadline);
  }
});

effect(
  ['upstreams.upstream.connection-pool.max-connections', 'upstreams.upstream.connection-pool.max-lifetime-secs'],
  async () => {
    await using upstream = await answering((path) => (path === '/hold' ? undefined : 200));
    const inUpstream = 'timeouts { connect-ms 100; response-headers-ms 400 }; connection-pool { max-connections 1 }';
    await using worker = await startWorker({ targets: [upstream.address], inUpstream });
    const clients = [await openClient(worker), await openClient(worker)];
    clients[0]?.send(get('/hold'));
    await until(
      () => upstream.paths.includes('/hold'),
      () => 'not asked',
    );
    clients[1]?.send(get('/second'));
    assert.match((await clients[1]?.sees(isWhole)) ?? '', /^HTTP\/1\.1 503 /);
    assert.match((await clients[0]?.sees(isWhole)) ?? '', /^HTTP\/1\.1 504 /);
    for (const client of clients) await client[Symbol.asyncDispose]();
    assert.equal((await worker.lines(2))[0]?.refusal, 'upstream-full');
    assert.deepEqual([upstream.connections.length, await statuses(worker, 1)], [1, [200]]);
    await using two = await startWorker({
      targets: [upstream.address],
      inUpstream: inUpstream.replace('s 1 }', 's 2 }'),
    });
    await using holding = await openClient(two);
    holding.send(get('/hold'));
    assert.deepEqual(await statuses(two, 2), [200, 200]);

    const count = () => upstream.connections.length;
    const before = count();
    const old = 'connection-pool { max-lifetime-ms 100 }';
    await using brief = await startWorker({ targets: [upstream.address], inUpstream: old });
    await until(
      async () => (await statuses(brief, 1))[0] === 200 && count() >= before + 3,
      () => 'an old connection is still used',
    );
  },
);

test('who waits for a connection is served in order as they become free, and bound to none when it leaves', async () => {
  const held: Array<() => void> = [];
  await using upstream = await answering(() => undefined);
  upstream.become(({ socket }) => {
    held.push(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    return undefined;
  });
  await using worker = await startWorker({
    targets: [upstream.address],
    inUpstream: 'connection-pool { max-connections 1 }',
  });
  const pool = worker.worker.upstreams.get('u')?.targets[0]?.pool;
  const clients = [
    await openClient(worker),
    await openClient(worker),
    await openClient(worker),
    await openClient(worker),
  ];
  for (const [index, client] of clients.entries()) {
    client.send(get(`/${index}`));
    await until(
      () => held.length > 0 && pool?.waitingCount === index,
      () => `${pool?.waitingCount} wait`,
    );
  }
  clients[2]?.socket.resetAndDestroy();
  await until(
    () => pool?.waitingCount === 2,
    () => 'one that left still waits',
  );
  for (const index of [0, 1, 3]) {
    await until(
      () => held.length > 0,
      () => 'the next is not served',
    );
    held.shift()?.();
    await clients[index]?.sees('ok');
  }
  assert.equal(upstream.connections.length, 1);
  for (const client of clients) await client[Symbol.asyncDispose]();
});

test('a target that cannot be connected to within the time of the exchange has failed', async () => {
  await using deaf = await startDeaf();
  const inUpstream = 'circuit-breaker { failure-threshold 1; recovery-timeout-secs 60 }';
  await using worker = await startWorker({
    targets: [deaf.address],
    inUpstream,
    route: 'policies { timeout-ms 60 }',
  });
  assert.deepEqual(await statuses(worker, 2), [504, 503]);
});

test('what is remembered of a target outlives its watch', () => {
  const timers = new TimerWheel(() => 0);
  const { upstream: config } = upstreamConfig({
    targets: ['127.0.0.1:1', '127.0.0.1:2'],
    inUpstream: 'ejection { consecutive-5xx 1 }',
  });
  const around = { timers, log: createLogger('test', 'error'), standings: new Standings() };
  const start = () => {
    const upstream = new Upstreams(
      config,
      { timers, readBuffer: new ReadBuffer(), departures: new Departures() },
      { zone: undefined, worker: 1 },
    );
    return { upstream, watch: new UpstreamWatch(upstream, around) };
  };
  const first = start();
  first.upstream.targets[0]?.watch?.onReply(500, 1, false);
  assert.deepEqual(
    first.upstream.targets.map(({ isAvailable }) => isAvailable),
    [false, true],
  );
  first.watch.close();
  const second = start();
  assert.deepEqual(
    second.upstream.targets.map(({ isAvailable }) => isAvailable),
    [false, true],
  );
  second.watch.close();
});

test('a target of weight 0 does not keep an upstream from panic', async () => {
  await using bad = await answering(() => 500);
  const inUpstream = 'target "127.0.0.1:1" weight=0; panic "use-all"; ejection { consecutive-5xx 1 }';
  await using worker = await startWorker({ targets: [bad.address], inUpstream });
  assert.deepEqual(await statuses(worker, 3), [500, 500, 500]);
  assert.equal(eventsOf(worker, 'target-ejected').length, 1);
});

test('a target whose replies break off is left by its breaker', async () => {
  await using bad = await Upstream.start(
    ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
  );
  const inUpstream = 'circuit-breaker { failure-threshold 2 }';
  await using worker = await startWorker({ targets: [bad.address], inUpstream });
  for (let at = 0; at < 2; at += 1) await worker.request(get());
  const [status] = await statuses(worker, 1);
  assert.equal(status, 503);
  assert.equal(eventsOf(worker, 'breaker-opened').length, 1);
  assert(
    await counted(worker, `sentinel_upstream_failures_total{upstream="u",target="${bad.address}",reason="reset"} 2`),
  );
});

test('access lines and metrics say why a target was picked', async () => {
  await using bad = await answering(() => 503);
  await using good = await answering(() => 200);
  const gone = await refusing();
  await using worker = await startWorker({
    targets: [gone, bad.address, good.address],
    route: 'retry-policy { on "503"; backoff-ms 1 }',
    inUpstream: 'ejection { consecutive-5xx 1; max-ejection-percent 99; consecutive-connect-failures 1 }',
  });
  await statuses(worker, 2);
  assert.deepEqual(
    (await worker.lines(2)).map(({ target, picked_by, attempts }) => [target, picked_by, attempts]),
    [
      [good.address, 'retry', 2],
      [good.address, 'round-robin', 1],
    ],
  );
  const picks = (target: string, by: string) =>
    `sentinel_upstream_picks_total{upstream="u",target="${target}",by="${by}"}`;
  assert(await counted(worker, `${picks(good.address, 'retry')} 1`));
  assert(await counted(worker, `${picks(good.address, 'round-robin')} 1`));
  assert(await counted(worker, `${picks(bad.address, 'next')} 1`));
});

test('a target that is all that is left, and one on trial, are picked for that', async () => {
  await using bad = await answering(() => 503);
  const ejecting = 'health-check { type "http"; interval-secs 1; timeout-secs 1 }';
  await using panicking = await startWorker({ targets: [bad.address], inUpstream: ejecting });
  await until(
    () => eventsOf(panicking, 'upstream-down').length === 1,
    () => 'it is not found to be down',
  );
  await statuses(panicking, 1);
  assert.equal((await panicking.lines(1))[0]?.picked_by, 'panic');
  const breaking = 'circuit-breaker { failure-threshold 1; recovery-timeout-secs 1 }';
  await using trying = await startWorker({ targets: [bad.address], inUpstream: breaking });
  await statuses(trying, 1);
  let asked = 1;
  const isTrial = async () => {
    await statuses(trying, 1);
    asked += 1;
    return (await trying.lines(asked)).at(-1)?.picked_by === 'trial';
  };
  await until(isTrial, () => 'there is no trial');
});
