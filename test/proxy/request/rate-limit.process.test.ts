// Rate limits over the wire: what each key does, what a client is told, and by what it is counted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFamilies } from '#config/figures/text';
import { figuresOf } from '../../../proxy/admin/figures.ts';
import { cookieOf } from '../../../proxy/request/rate-limit.ts';
import { effect } from '../../support/effect.ts';
import { headerOf, statusOf, until } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

const limited = (keys: string, listener = ''): Promise<TestWorker> =>
  TestWorker.start(
    `listeners { listener "http" { address "127.0.0.1:0"; ${listener} } }\nroutes { route "r" { builtin-handler "health"; policies { rate-limit { ${keys} } } } }`,
  );

const get = (more = ''): string => `GET / HTTP/1.1\r\nHost: h\r\n${more}\r\n`;
const from = (ip: string): string => get(`X-Forwarded-For: ${ip}\r\n`);

/** The clock of the worker stands still, unless it is told to go on. */
function stopClock({ worker }: TestWorker): (ms: number) => void {
  const { timers } = worker;
  timers.refresh = () => timers.nowMs;
  return (ms) => {
    timers.nowMs += ms;
  };
}

async function statuses(worker: TestWorker, requests: readonly string[]): Promise<number[]> {
  const seen: number[] = [];
  for (const one of requests) seen.push(statusOf(await worker.request(one)));
  return seen;
}

effect(['routes.route.policies.rate-limit.requests-per-second', 'routes.route.policies.rate-limit.burst'], async () => {
  await using worker = await limited('requests-per-second 2; burst 3');
  const goOn = stopClock(worker);
  assert.deepEqual(await statuses(worker, [get(), get(), get(), get()]), [200, 200, 200, 429]);
  const refused = await worker.request(get());
  assert.deepEqual(
    ['Retry-After', 'RateLimit', 'RateLimit-Policy'].map((name) => headerOf(refused, name)),
    ['1', '"r";r=0;t=1', '"r";q=3;w=2'],
  );
  goOn(500);
  assert.deepEqual(await statuses(worker, [get(), get()]), [200, 429]);
  await using usual = await limited('requests-per-second 2');
  stopClock(usual);
  assert.deepEqual(await statuses(usual, [get(), get(), get()]), [200, 200, 429]);
  assert.equal((await worker.lines(5))[4]?.refusal, 'rate-limited');
});

effect('routes.route.policies.rate-limit.requests-per-minute', async () => {
  await using worker = await limited('requests-per-minute 6');
  const goOn = stopClock(worker);
  assert.deepEqual(await statuses(worker, [get(), get()]), [200, 429]);
  assert.equal(headerOf(await worker.request(get()), 'Retry-After'), '10');
  goOn(10_000);
  assert.deepEqual(await statuses(worker, [get(), get()]), [200, 429]);
});

effect('routes.route.policies.rate-limit.key', async () => {
  const trusting = 'trusted-proxies "127.0.0.1"';
  await using byClient = await limited('requests-per-minute 1', trusting);
  const clients = [from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.2')];
  assert.deepEqual(await statuses(byClient, clients), [200, 429, 200]);
  await using byRoute = await limited('requests-per-minute 1; key "route"', trusting);
  assert.deepEqual(await statuses(byRoute, clients), [200, 429, 429]);
  await using byHeader = await limited('requests-per-minute 1; key "header:X-Key"');
  const keys = ['X-Key: a\r\n', 'x-key: a\r\n', 'X-Key: b\r\n', '', '', `X-Key: ${'l'.repeat(100)}\r\n`].map(get);
  assert.deepEqual(await statuses(byHeader, keys), [200, 429, 200, 200, 429, 200]);
  await using byCookie = await limited('requests-per-minute 1; key "cookie:sid"');
  const cookies = [
    'Cookie: a=1; sid=x\r\n',
    'Cookie: sid=x; a=2\r\n',
    'Cookie: sid=y\r\n',
    'Cookie: xsid=x\r\n',
    '',
  ].map(get);
  assert.deepEqual(await statuses(byCookie, cookies), [200, 429, 200, 200, 429]);
});

effect(['routes.route.policies.rate-limit.prefix-v4', 'routes.route.policies.rate-limit.prefix-v6'], async () => {
  const trusting = 'trusted-proxies "127.0.0.1"';
  const clients = ['192.0.2.1', '192.0.2.9', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1'].map(from);
  await using usual = await limited('requests-per-minute 1', trusting);
  assert.deepEqual(await statuses(usual, clients), [200, 200, 200, 429, 200]);
  await using wide = await limited('requests-per-minute 1; prefix-v4 24; prefix-v6 48', trusting);
  assert.deepEqual(await statuses(wide, clients), [200, 429, 200, 429, 429]);
});

effect('routes.route.policies.rate-limit.delay-ms', async () => {
  await using worker = await limited('requests-per-second 5; burst 1; delay-ms 300');
  await using client = await worker.open();
  client.send(get().repeat(3));
  await client.sees((received) => received.split('HTTP/1.1 200').length === 4);
  const { rateLimit } = worker.worker.routes.get('r')?.access ?? {};
  assert.deepEqual(rateLimit?.counts, { passed: 1, delayed: 2, refused: 0, noticed: 0 });
  await using eager = await limited('requests-per-minute 1; delay-ms 300');
  assert.deepEqual(await statuses(eager, [get(), get()]), [200, 429], 'a turn that comes too late is not waited for');
});

test('a client that leaves while it waits is let go', async () => {
  await using worker = await limited('requests-per-second 10; burst 1; delay-ms 500');
  assert.equal(statusOf(await worker.request(get())), 200);
  await using client = await worker.open();
  client.send(get());
  const { rateLimit } = worker.worker.routes.get('r')?.access ?? {};
  await until(
    () => rateLimit?.counts.delayed === 1,
    () => 'it does not wait',
  );
  client.socket.resetAndDestroy();
  assert.deepEqual(
    (await worker.lines(2)).map(({ status }) => status),
    [200, 499],
  );
  await until(
    async () => statusOf(await worker.request(get())) === 200,
    () => 'nobody is served any more',
  );
});

effect('routes.route.policies.rate-limit.log-only', async () => {
  await using worker = await limited('requests-per-minute 1; log-only #true');
  assert.deepEqual(await statuses(worker, [get(), get()]), [200, 200]);
  const [first, second] = await worker.lines(2);
  assert.deepEqual([first?.error, second?.error], [undefined, 'over the rate limit, which only logs']);
  const { rateLimit } = worker.worker.routes.get('r')?.access ?? {};
  assert.deepEqual(rateLimit?.counts, { passed: 1, delayed: 0, refused: 0, noticed: 1 });
});

/** Two workers of one host that hear each other's notes. */
async function twoWorkers(route: string, more = ''): Promise<[TestWorker, TestWorker]> {
  const pair: TestWorker[] = [];
  const sendFrom = (index: number) => (text: string, onSent: () => void) => {
    pair[1 - index]?.worker.peers?.hear(index + 1, text);
    onSent();
  };
  const kdl = `system { worker-threads 2 }\nlisteners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "r" { ${route} } }\n${more}`;
  for (const index of [0, 1]) pair[index] = await TestWorker.start(kdl, sendFrom(index), index + 1);
  return pair as [TestWorker, TestWorker];
}

test('what one worker lets through, the others know a moment later; on one alone the whole burst is there', async () => {
  for (const key of ['client-ip', 'route']) {
    const limit = `builtin-handler "health"; policies { rate-limit { requests-per-minute 1; burst 4; key "${key}" } }`;
    const [one, other] = await twoWorkers(limit);
    await using _one = one;
    await using _other = other;
    assert.deepEqual(await statuses(one, [get(), get(), get()]), [200, 200, 200]);
    await until(
      () => other.worker.routes.get('r')?.access?.rateLimit?.learned === 3,
      () => 'the other worker was told nothing',
    );
    const metrics = formatFamilies(figuresOf(other.worker));
    assert(metrics.includes('sentinel_rate_limit_learned_total{route="r"} 3\n'));
    assert.deepEqual(await statuses(other, [get(), get()]), [200, 429]);
    await until(
      () => one.worker.routes.get('r')?.access?.rateLimit?.learned === 1,
      () => 'nothing came back',
    );
    assert.deepEqual(await statuses(one, [get()]), [429]);
  }
});

test('a worker that is alone has no peers, under the supervisor too', async () => {
  const kdl =
    'system { worker-threads 1 }\nlisteners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "health" } }';
  await using worker = await TestWorker.start(kdl, () => assert.fail('a note to nobody'));
  assert.equal(worker.worker.peers, undefined);
});

test('a cookie is found by its whole name', () => {
  assert.equal(cookieOf('a=1; b = 2 ;c', 'b'), '2');
  assert.equal(cookieOf('ab=1', 'b'), undefined);
  assert.equal(cookieOf('b=1; b=2', 'b'), '1');
  assert.equal(cookieOf(undefined, 'b'), undefined);
});
