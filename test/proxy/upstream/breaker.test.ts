// The circuit breaker, played through with a clock as an argument.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Breaker } from '../../../proxy/upstream/breaker.ts';

const rules = { failureThreshold: 3, successThreshold: 2, recoveryTimeoutMs: 1000, halfOpenMax: 1 };

function opened(atMs: number): Breaker {
  const breaker = new Breaker();
  for (let count = 0; count < rules.failureThreshold; count += 1) breaker.fail(breaker.begin(), atMs, rules);
  assert.equal(breaker.state, 'open');
  return breaker;
}

test('failures in a row open it, others do not', () => {
  const breaker = new Breaker();
  for (const outcome of 'ff+ff+ff') {
    if (outcome === 'f') breaker.fail(breaker.begin(), 0, rules);
    else breaker.succeed(breaker.begin(), rules);
  }
  assert.deepEqual([breaker.state, breaker.allows(rules)], ['closed', true]);
  breaker.fail(false, 0, rules);
  assert.deepEqual([breaker.state, breaker.allows(rules)], ['open', false]);
});

test('open until its time, then one trial at once; enough successes close it', () => {
  const breaker = opened(500);
  breaker.turn(1499);
  assert.equal(breaker.allows(rules), false);
  breaker.turn(1500);
  assert.deepEqual([breaker.state, breaker.allows(rules), breaker.begin()], ['half-open', true, true]);
  assert.equal(breaker.allows(rules), false, 'the only place is taken');
  breaker.succeed(true, rules);
  assert.deepEqual([breaker.state, breaker.allows(rules)], ['half-open', true]);
  breaker.succeed(breaker.begin(), rules);
  assert.equal(breaker.state, 'closed');
});

test('a trial that fails opens it again, for the whole time', () => {
  const breaker = opened(0);
  breaker.turn(1000);
  breaker.fail(breaker.begin(), 1200, rules);
  breaker.turn(2199);
  assert.equal(breaker.state, 'open');
  breaker.turn(2200);
  assert.equal(breaker.state, 'half-open');
});

test('what was sent before it opened says nothing while it is half-open, nor does a trial without outcome', () => {
  const breaker = opened(0);
  breaker.turn(1000);
  breaker.fail(false, 1000, rules);
  breaker.succeed(false, rules);
  breaker.succeed(false, rules);
  assert.equal(breaker.state, 'half-open');
  assert.equal(breaker.begin(), true);
  breaker.abandon();
  assert.deepEqual([breaker.state, breaker.allows(rules)], ['half-open', true]);
});

test('replies that break off open it, however well they began, unless one is finished between them', () => {
  const breaker = new Breaker();
  for (let at = 1; at < rules.failureThreshold; at += 1) {
    breaker.succeed(false, rules);
    breaker.breakOff(0, rules);
  }
  breaker.finish();
  for (let at = 1; at <= rules.failureThreshold; at += 1) {
    assert.equal(breaker.state, 'closed');
    breaker.succeed(false, rules);
    breaker.breakOff(0, rules);
  }
  assert.deepEqual([breaker.state, breaker.untilMs], ['open', rules.recoveryTimeoutMs]);
});

test('another process goes on with it: as long as was left, and as close to opening as it was', () => {
  const open = new Breaker();
  open.goOnFrom(opened(500).remembered(1100), 70_000);
  open.turn(70_399);
  assert.equal(open.state, 'open');
  open.turn(70_400);
  assert.deepEqual([open.state, open.begin()], ['half-open', true]);
  const half = new Breaker();
  half.goOnFrom(open.remembered(70_400), 0);
  assert.equal(half.allows(rules), true, 'the trial that is under way is not its own');

  const closed = new Breaker();
  for (const _ of '12') closed.fail(false, 0, rules);
  const next = new Breaker();
  next.goOnFrom(closed.remembered(0), 0);
  next.fail(false, 0, rules);
  assert.equal(next.state, 'open');
});
