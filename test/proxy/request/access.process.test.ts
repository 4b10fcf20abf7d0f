// What a route asks of a client, in order; lists of listeners and routes; places in flight.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upstream } from '../../fixtures/upstream.ts';
import { effect } from '../../support/effect.ts';
import { headerOf, statusOf, until } from '../../support/proxy.ts';
import { TestWorker } from '../../support/worker.ts';

const get = (ip: string, path = '/'): string => `GET ${path} HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: ${ip}\r\n\r\n`;

const listed = (listener: string, route: string): Promise<TestWorker> =>
  TestWorker.start(
    `listeners { listener "http" { address "127.0.0.1:0"; trusted-proxies "127.0.0.1"; ${listener} } }\nroutes { route "r" { matches { path "/" }; builtin-handler "health"; ${route} } }`,
  );

async function statusesOf(worker: TestWorker, path = '/'): Promise<number[]> {
  const seen: number[] = [];
  for (const ip of ['192.0.2.1', '192.0.2.7', '198.51.100.1']) seen.push(statusOf(await worker.request(get(ip, path))));
  return seen;
}

effect(['routes.route.allow', 'routes.route.deny'], async () => {
  await using allowing = await listed('', 'allow "192.0.2.0/24"');
  assert.deepEqual(await statusesOf(allowing), [200, 200, 403]);
  await using denying = await listed('', 'deny "192.0.2.7"');
  assert.deepEqual(await statusesOf(denying), [200, 403, 200]);
  await using both = await listed('', 'allow "192.0.2.0/24"; deny "192.0.2.7"');
  assert.deepEqual(await statusesOf(both), [200, 403, 403]);
  assert.deepEqual((await both.lines(3)).map(({ refusal, error }) => [refusal, error]).slice(1), [
    ['address-denied', 'by the route'],
    ['address-denied', 'by the route'],
  ]);
});

effect(['listeners.listener.allow', 'listeners.listener.deny'], async () => {
  await using allowing = await listed('allow "192.0.2.0/24"', '');
  assert.deepEqual(await statusesOf(allowing), [200, 200, 403]);
  assert.deepEqual(await statusesOf(allowing, '/none'), [404, 404, 403], 'who is denied learns nothing of routes');
  await using denying = await listed('deny "192.0.2.7"', '');
  assert.deepEqual(await statusesOf(denying), [200, 403, 200]);
});

effect('routes.route.policies.max-in-flight', async () => {
  await using upstream = await Upstream.start(() => undefined);
  await using worker = await TestWorker.forwarding(upstream, { route: 'policies { max-in-flight 2 }' });
  await using one = await worker.open();
  await using two = await worker.open();
  for (const client of [one, two]) client.send(get('192.0.2.1'));
  await until(
    () => upstream.connections.length === 2,
    () => 'two requests do not arrive',
  );
  const refused = await worker.request(get('192.0.2.1'));
  assert.deepEqual([statusOf(refused), headerOf(refused, 'Retry-After')], [503, '1']);
  one.socket.resetAndDestroy();
  await worker.lines(2);
  await using three = await worker.open();
  three.send(get('192.0.2.1'));
  await until(
    () => upstream.connections.length === 3,
    () => 'a place that was left is not given again',
  );
  assert.equal((await worker.lines(2))[0]?.refusal, 'route-busy');
});

test('who is refused by one question is not asked the next', async () => {
  await using worker = await listed(
    '',
    'deny "192.0.2.7"; policies { rate-limit { requests-per-minute 1; key "route" } }',
  );
  assert.deepEqual(
    [statusOf(await worker.request(get('192.0.2.7'))), ...(await statusesOf(worker))],
    [403, 200, 403, 429],
  );
});
