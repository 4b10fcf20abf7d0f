// Probes through a worker: what each key of a health check changes, who gets requests then, and names.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NameServer } from '../../fixtures/name-server.ts';
import { Upstream } from '../../fixtures/upstream.ts';
import { effect } from '../../support/effect.ts';
import { until } from '../../support/proxy.ts';
import type { TestWorker } from '../../support/worker.ts';
import { answering, eventsOf, refusing, startWorker, statuses } from './support.ts';

const often = 'interval-ms 100; timeout-ms 100; jitter 0;';

/** A worker before one target, which is refused while probes find it down. */
const checked = (address: string, check: string): Promise<TestWorker> =>
  startWorker({ targets: [address], inUpstream: `panic "refuse"; health-check { ${check} }` });

const known = (worker: TestWorker): boolean =>
  worker.worker.health.watches[0]?.members.every(({ standing }) => standing.health.isKnown) === true;

/** The status of a request once every target has been probed. */
async function verdict(worker: TestWorker): Promise<number | undefined> {
  await until(
    () => known(worker),
    () => 'not probed',
  );
  return (await statuses(worker, 1))[0];
}

effect(
  [
    'upstreams.upstream.health-check.type',
    'upstreams.upstream.health-check.path',
    'upstreams.upstream.health-check.host',
    'upstreams.upstream.health-check.expected-status',
    'upstreams.upstream.health-check.body-match',
  ],
  async () => {
    await using upstream = await answering(
      (path, host) => (path === '/well' ? 204 : host === 'x.example' ? 200 : 500),
      '',
    );
    await using site = await answering(() => 200, 'state: fine');
    for (const [address, check, status] of [
      [upstream.address, 'type "tcp"', 500],
      [await refusing(), 'type "tcp"', 503],
      [upstream.address, 'type "http"', 503],
      [upstream.address, 'type "http"; path "/well"', 500],
      [upstream.address, 'type "http"; host "x.example"', 500],
      [upstream.address, 'type "http"; expected-status "204" "500-599"', 500],
      [upstream.address, 'type "http"; path "/well"; expected-status "200"', 503],
      [site.address, 'type "http"; body-match "state: +fine$"', 200],
      [site.address, 'type "http"; body-match "state: +ill"', 503],
    ] as const) {
      await using worker = await checked(address, `${often} ${check}`);
      assert.equal(await verdict(worker), status, `${check} on ${address}`);
      const [line] = await worker.lines(1);
      assert.equal(line?.refusal, status === 503 ? 'upstream-unavailable' : undefined, check);
    }
  },
);

effect(['upstreams.upstream.health-check.interval-secs', 'upstreams.upstream.health-check.jitter'], async () => {
  await using upstream = await answering(() => 200);
  await using often100 = await checked(upstream.address, `${often} type "http"; path "/often"`);
  await using rarely = await checked(upstream.address, 'interval-secs 3600; jitter 0; type "http"; path "/once"');
  // The first comes within half an hour, at once with a chance of one in 18,000.
  await using spread = await checked(upstream.address, 'interval-secs 3600; jitter 50; type "http"; path "/later"');
  const count = (path: string) => upstream.paths.filter((one) => one === path).length;
  await until(
    () => count('/often') >= 4,
    () => `${upstream.paths}`,
  );
  assert.deepEqual([count('/once'), count('/later')], [1, 0]);
  for (const worker of [often100, rarely, spread]) assert.deepEqual(await statuses(worker, 1), [200]);
});

effect('upstreams.upstream.health-check.timeout-secs', async () => {
  await using upstream = await answering((path) => (path === '/silent' ? undefined : 200));
  await using strict = await checked(upstream.address, `${often} type "http"; path "/silent"`);
  assert.equal(await verdict(strict), 503);
  assert.match(String(eventsOf(strict, 'target-unhealthy')[0]?.['error']), /in time/);
  const before = upstream.paths.length;
  const patient = 'interval-secs 600; timeout-secs 600; jitter 0; type "http"; path "/silent"';
  await using waiting = await checked(upstream.address, patient);
  await until(
    () => upstream.paths.length > before,
    () => 'not probed',
  );
  assert.deepEqual(await statuses(waiting, 1), [200]);
});

effect(
  ['upstreams.upstream.health-check.healthy-threshold', 'upstreams.upstream.health-check.unhealthy-threshold'],
  async () => {
    for (const [bad, good] of [
      [1, 4],
      [3, 1],
    ] as const) {
      let isWell = true;
      await using upstream = await answering((path) => (path === '/probe' && !isWell ? 500 : 200));
      const check = `${often} unhealthy-threshold ${bad}; healthy-threshold ${good}; type "http"; path "/probe"`;
      await using worker = await checked(upstream.address, check);
      assert.equal(await verdict(worker), 200);
      /** How many probes were seen until it was logged. */
      const probesUntil = async (event: string) => {
        const before = upstream.paths.length;
        isWell = event === 'target-healthy';
        await until(
          () => eventsOf(worker, event).length > 0,
          () => worker.logged.join(''),
        );
        return upstream.paths.length - before;
      };
      assert.equal(await probesUntil('target-unhealthy'), bad);
      assert.equal(await probesUntil('target-healthy'), good);
      assert.deepEqual(
        worker.logged.map((line) => JSON.parse(line).event),
        ['target-unhealthy', 'upstream-down', 'target-healthy', 'upstream-up'],
      );
    }
  },
);

effect('upstreams.upstream.panic', async () => {
  await using upstream = await answering((path) => (path === '/probe' ? 500 : 200));
  for (const [panic, wanted] of [
    ['', 200],
    ['panic "use-all"', 200],
    ['panic "refuse"', 503],
  ] as const) {
    const inUpstream = `health-check { ${often} type "http"; path "/probe" }; ${panic}`;
    await using worker = await startWorker({ targets: [upstream.address], inUpstream });
    assert.equal(await verdict(worker), wanted, panic);
    assert.equal(eventsOf(worker, 'upstream-down').length, 1);
  }
});

effect('upstreams.upstream.slow-start-secs', async () => {
  for (const [slowStart, most] of [
    ['slow-start-secs 3600', 4],
    ['', 20],
  ] as const) {
    let isWell = false;
    await using back = await answering((path) => (path === '/probe' && !isWell ? 500 : 200));
    await using other = await answering(() => 200);
    const inUpstream = `health-check { ${often} type "http"; path "/probe" }; ${slowStart}`;
    await using worker = await startWorker({ targets: [back.address, other.address], inUpstream });
    const asked = () => back.paths.filter((path) => path === '/').length;
    await until(
      () => eventsOf(worker, 'target-unhealthy').length === 1,
      () => worker.logged.join(''),
    );
    await statuses(worker, 10);
    assert.equal(asked(), 0, 'it gets none while it is down');
    isWell = true;
    await until(
      () => eventsOf(worker, 'target-healthy').length === 1,
      () => worker.logged.join(''),
    );
    await statuses(worker, 40);
    assert(asked() >= 1 && asked() <= most && (most < 20 || asked() === 20), `${slowStart}: ${asked()}`);
  }
});

effect('system.name-servers', async () => {
  await using server = await NameServer.start();
  await using empty = await NameServer.start();
  await using upstream = await Upstream.start();
  server.zones.set('shop.test', { addresses: ['127.0.0.1'], ttlSecs: 1 });
  const targets = [`shop.test:${upstream.port}`];
  await using worker = await startWorker({ targets, more: `system { name-servers "${server.address}" }` });
  await using lost = await startWorker({ targets, more: `system { name-servers "${empty.address}" }` });
  assert.deepEqual([await statuses(worker, 1), await statuses(lost, 1)], [[200], [503]]);
  assert.equal(eventsOf(lost, 'name-failed')[0]?.['host'], 'shop.test');
  assert.equal((await worker.lines(1))[0]?.target, targets[0]);
});

test('a name is looked up again; what it has then is used, what was known stays when it fails, and nothing is cut', async () => {
  await using server = await NameServer.start();
  await using one = await answering(() => 200);
  const { port } = one;
  server.zones.set('shop.test', { addresses: ['127.0.0.1'], ttlSecs: 1 });
  await using worker = await startWorker({
    targets: [`shop.test:${port}`],
    more: `system { name-servers "${server.address}" }`,
  });
  assert.deepEqual(await statuses(worker, 2), [200, 200]);
  server.mode = 'fails';
  await until(
    () => eventsOf(worker, 'name-failed').length === 1,
    () => 'not asked again',
  );
  assert.deepEqual(await statuses(worker, 2), [200, 200]);
  const addresses = worker.worker.upstreams.get('u')?.targets[0]?.pool.addresses;
  server.mode = 'answers';
  server.zones.set('shop.test', { addresses: ['127.0.0.2', '127.0.0.1'], ttlSecs: 60 });
  await until(
    () => addresses?.count === 2,
    () => 'the new address is not used',
  );
  // Nobody listens on 127.0.0.2: the other address of the name serves, without a retry policy.
  assert.deepEqual(await statuses(worker, 4), [200, 200, 200, 200]);
  assert.equal(one.connections.length >= 1, true);
});
