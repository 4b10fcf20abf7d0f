// Tokens: what a request counts as, and that the shortest queue is next.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askerOf, balancerOf, equalTargets } from './candidates.ts';

const counted = (lines: readonly string[], keys = 'tokens { header "X-Tokens"; bytes-per-token 4 }'): number => {
  const asker = askerOf({ lines });
  balancerOf('least-tokens-queued', equalTargets(1), { keys }).pick(asker);
  return asker.queuedTokens;
};

test('a request counts as its header says, else by the length of its body', () => {
  assert.equal(counted(['X-Tokens: 1200', 'Content-Length: 4']), 1200);
  assert.equal(counted(['Content-Length: 4000']), 1001);
  assert.equal(counted(['X-Tokens: many', 'Content-Length: 4000']), 1001);
  assert.equal(counted([]), 1);
  assert.equal(counted(['Transfer-Encoding: chunked']), 1000);
  assert.equal(counted(['X-Tokens: 999999999']), 1_000_000, 'nobody shuts a target by a number');
  assert.equal(counted(['X-Tokens: 1200', 'Content-Length: 8'], 'tokens { bytes-per-token 2 }'), 5);
});

test('the shortest queue for its weight is next, whatever the number of requests', () => {
  const list = equalTargets(3);
  const balancer = balancerOf('least-tokens-queued', list);
  list[0]!.queuedTokens = 500;
  list[1]!.queuedTokens = 20;
  list[1]!.active = 50;
  list[2]!.queuedTokens = 100;
  assert.equal(balancer.pick(askerOf()), list[1]);
});
