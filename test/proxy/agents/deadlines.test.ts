// Deadlines of one length: none is early, settled calls are let go, and one timer serves all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentCall, failed } from '../../../proxy/agents/call.ts';
import { Deadlines } from '../../../proxy/agents/deadlines.ts';
import { Answered, noKeeper, requestTo } from './support.ts';

const event = requestTo('/');

test('calls are due in their order and never early; settled ones never', async () => {
  const due: string[] = [];
  const all = Promise.withResolvers<void>();
  const names = new Map<AgentCall, string>();
  const deadlines = new Deadlines(30, (call) => {
    assert(performance.now() >= call.dueMs);
    due.push(names.get(call) ?? '');
    call.settle(failed('timed-out', ''));
    if (due.length === 2) all.resolve();
  });
  for (const name of ['a', 'b', 'c']) {
    const call = new AgentCall('request-headers', event, performance.now(), 30, noKeeper, new Answered());
    names.set(call, name);
    deadlines.add(call);
    if (name === 'b') call.settle(failed('lost', ''));
  }
  await all.promise;
  assert.deepEqual(due, ['a', 'c']);
});

test('a hundred thousand calls that are answered are not held on to', () => {
  const deadlines = new Deadlines(60_000, () => assert.fail('nothing is due'));
  for (let index = 0; index < 100_000; index += 1) {
    const call = new AgentCall('request-headers', event, 0, 60_000, noKeeper, new Answered());
    deadlines.add(call);
    call.settle(failed('lost', ''));
  }
  assert(deadlines.size <= 1, `${deadlines.size} are held`);
  deadlines.close();
});
