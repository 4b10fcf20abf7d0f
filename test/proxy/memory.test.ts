// What one worker hands to the next: taken over where the rules are the same, not where they are others; and nonsense is
// as if nothing had come.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recall, remember } from '../../proxy/memory.ts';
import { TestWorker } from '../support/worker.ts';

interface Rules {
  readonly breaker?: number;
  readonly rate?: number;
  readonly agentBreaker?: number;
}

function start({ breaker = 2, rate = 1, agentBreaker = 2 }: Rules = {}): Promise<TestWorker> {
  return TestWorker.start(`schema-version "1"
listeners { listener "http" { address "127.0.0.1:0" } }
routes { route "site" { upstream "u"; filters "f"; policies { rate-limit { requests-per-minute ${rate}; burst 5 } } } }
upstreams { upstream "u" {
  target "127.0.0.1:1"; target "127.0.0.1:2"
  ejection { consecutive-connect-failures 1 }; circuit-breaker { failure-threshold ${breaker} }
} }
filters { filter "f" { agent "a"; failure-mode "open" } }
agents { agent "a" {
  transport { unix-socket "a.sock" }; events "request-headers"; circuit-breaker { failure-threshold ${agentBreaker} }
} }`);
}

function member({ worker }: TestWorker, at = 0) {
  const found = worker.health.watches[0]?.members[at];
  assert(found !== undefined);
  return found;
}

function limitOf({ worker }: TestWorker) {
  const limit = worker.routes.get('site')?.access?.rateLimit;
  assert(limit !== undefined);
  return limit;
}

function breakerOf({ worker }: TestWorker) {
  const agent = worker.agents.all.get('a');
  assert(agent !== undefined);
  return agent.breaker;
}

/** A target is out and the other's breaker open, a client has used up its rate, and the agent is not asked. */
async function troubled(): Promise<TestWorker> {
  const one = await start();
  member(one).onFailure(true, false);
  for (const _ of '12') member(one, 1).onReply(503, 1, false);
  for (const _ of '12345') limitOf(one).buckets.take('client', one.worker.timers.refresh());
  for (const _ of '12')
    breakerOf(one).fail(false, performance.now(), {
      failureThreshold: 2,
      successThreshold: 1,
      recoveryTimeoutMs: 10_000,
      halfOpenMax: 1,
    });
  return one;
}

function facts(one: TestWorker) {
  const nowMs = one.worker.timers.refresh();
  return {
    isOut: member(one).standing.ejection.isOut(nowMs),
    isPicked: member(one).target.isAvailable,
    breaker: member(one, 1).standing.breaker.state,
    isLimited: limitOf(one).buckets.take('client', nowMs) > 0,
    agent: breakerOf(one).state,
  };
}

const all = { isOut: true, isPicked: false, breaker: 'open', isLimited: true, agent: 'open' };

test('a worker with the same rules goes on where the other is', async () => {
  await using one = await troubled();
  await using two = await start();
  assert.equal(recall(two.worker, remember(one.worker)), true);
  assert.deepEqual(facts(two), { ...all, isPicked: facts(one).isPicked });
  const left = (from: TestWorker) => member(from).standing.ejection.untilMs - from.worker.timers.refresh();
  assert(Math.abs(left(one) - left(two)) < 1000);
});

test('what has other rules begins anew', async () => {
  await using one = await troubled();
  await using two = await start({ breaker: 3 });
  recall(two.worker, remember(one.worker));
  assert.deepEqual(facts(two), { ...all, isOut: false, isPicked: true, breaker: 'closed' });
  await using three = await start({ rate: 2 });
  recall(three.worker, remember(one.worker));
  assert.equal(facts(three).isLimited, false);
  await using four = await start({ agentBreaker: 3 });
  recall(four.worker, remember(one.worker));
  assert.equal(facts(four).agent, 'closed');
});

test('nonsense is nothing', async () => {
  await using one = await start();
  const good = remember(one.worker);
  for (const bad of ['', 'null', '{}', good.replace('"leftMs":0', '"leftMs":-1'), good.slice(1)])
    assert.equal(recall(one.worker, bad), false, bad);
  assert.deepEqual(facts(one), { isOut: false, isPicked: true, breaker: 'closed', isLimited: false, agent: 'closed' });
});
