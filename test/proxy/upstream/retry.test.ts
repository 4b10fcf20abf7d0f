// A retry policy: what it covers when it says nothing, what it covers when it says something, and its delays.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryLimits } from '#config/limits';
import { RetryPolicy } from '../../../proxy/upstream/retry.ts';
import { upstreamConfig } from './support.ts';

function policy(text: string): RetryPolicy {
  const { retryPolicy } = upstreamConfig({ route: `retry-policy { ${text} }` }).route;
  assert(retryPolicy !== undefined);
  return new RetryPolicy(retryPolicy);
}

test('what is covered without a word, and with some', () => {
  const usual = policy('');
  assert.deepEqual(
    [usual.covers('reset'), usual.covers('connect-failure'), usual.covers('timeout')],
    [true, true, false],
  );
  assert.deepEqual(
    [500, 502, 503, 504, 200, 429].map((one) => usual.coversStatus(one)),
    [false, true, true, true, false, false],
  );
  assert.deepEqual(
    ['GET', 'PUT', 'POST', 'PATCH'].map((one) => usual.coversMethod(one)),
    [true, true, false, false],
  );
  const told = policy('on "timeout" "500"; methods "POST"');
  assert.deepEqual([told.covers('reset'), told.covers('timeout'), told.coversStatus(500)], [false, true, true]);
  assert.deepEqual([told.coversMethod('GET'), told.coversMethod('POST')], [false, true]);
});

test('delays double up to a bound, and chance takes off up to half', () => {
  const { delayMs } = { delayMs: (retry: number, chance: number) => policy('backoff-ms 100').delayMs(retry, chance) };
  assert.deepEqual([delayMs(1, 0), delayMs(2, 0), delayMs(3, 0), delayMs(3, 1)], [100, 200, 400, 200]);
  assert.equal(delayMs(30, 0), retryLimits.backoffMsMax);
  assert.equal(policy('backoff-ms 0').delayMs(3, 0), 0);
});
