// The retry budget with a clock as an argument: a share, a floor, and a window that moves on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryLimits } from '#config/limits';
import { RetryBudget } from '../../../proxy/upstream/retry-budget.ts';

const { budgetFloorRetries: floor, budgetWindowMs: windowMs } = retryLimits;

function taken(budget: RetryBudget, nowMs: number, percent: number): number {
  let count = 0;
  while (count < 10_000 && budget.take(nowMs, percent)) count += 1;
  return count;
}

test('the floor without requests, the share with them', () => {
  assert.equal(taken(new RetryBudget(), 5, 20), floor);
  const budget = new RetryBudget();
  for (let count = 0; count < 1000; count += 1) budget.onRequest(count);
  assert.equal(taken(budget, 1000, 20), floor + 200);
  assert.equal(taken(budget, 1500, 20), 0);
  assert.equal(taken(budget, 1500, 0), 0);
});

test('what is older than the window counts no more', () => {
  const budget = new RetryBudget();
  for (let count = 0; count < 1000; count += 1) budget.onRequest(0);
  assert.equal(taken(budget, 0, 10), floor + 100);
  assert.equal(taken(budget, windowMs - 1, 10), 0);
  assert.equal(taken(budget, windowMs, 10), floor);
  assert.equal(taken(budget, 1000 * windowMs, 10), floor);
});
