// A sample of refusals: what is known of each, without the query; bounded in pace and number.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminLimits } from '#config/limits';
import { RefusalSample } from '../../proxy/refusal-sample.ts';
import { TestWorker } from '../support/worker.ts';

const kdl =
  'listeners { listener "http" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status"; matches { path "/only" } } }';

test('who asked for what and why it was refused, without the query', async () => {
  await using one = await TestWorker.start(kdl);
  await one.request(`GET /secret/${'x'.repeat(300)}?token=1 HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`);
  const [seen] = one.worker.refusalSample.seen;
  assert.partialDeepStrictEqual(seen, {
    reason: 'route-not-found',
    status: 404,
    route: '',
    method: 'GET',
    host: 'shop',
    client: '127.0.0.1',
  });
  assert.equal(seen?.path.length, adminLimits.refusalCharactersMax + 1);
  assert(seen?.path.startsWith('/secret/xxx') && seen.path.endsWith('…'));
  assert.equal(seen?.id, (await one.lines(1))[0]?.request_id);
});

test('one in a while, and the latest of them', () => {
  const sample = new RefusalSample();
  const exchange = (id: string) => ({
    id,
    refusal: 'route-not-found',
    status: 404,
    route: undefined,
    head: { method: 'GET' },
    host: '',
    target: '/',
    sender: { ip: '' },
    error: undefined,
  });
  sample.offer(exchange('first'), 1000);
  sample.offer(exchange('at once'), 1000 + adminLimits.refusalEveryMs - 1);
  assert.deepEqual(
    sample.seen.map(({ id }) => id),
    ['first'],
  );
  for (let count = 1; count <= adminLimits.refusalsMax + 5; count += 1)
    sample.offer(exchange(String(count)), 1000 + count * adminLimits.refusalEveryMs);
  assert.equal(sample.seen.length, adminLimits.refusalsMax);
  assert.equal(sample.seen.at(-1)?.id, String(adminLimits.refusalsMax + 5));
});
