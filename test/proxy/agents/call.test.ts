// A call has one outcome, the first.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentCall, type CallResult, failed } from '../../../proxy/agents/call.ts';
import { Answered, requestTo } from './support.ts';

test('the first outcome is the only one, and is told once with whether it had been sent', async () => {
  const told: [CallResult, boolean][] = [];
  const answered = new Answered();
  const keeper = {
    onSettled: (_: AgentCall, result: CallResult, wasSent: boolean) => void told.push([result, wasSent]),
  };
  const call = new AgentCall('request-headers', requestTo('/'), 10, 5, keeper, answered);
  assert.equal(call.dueMs, 15);
  call.state = 'sent';
  const [first, second] = [failed('lost', 'a'), failed('timed-out', 'b')];
  call.settle(first);
  call.settle(second);
  assert.equal(await answered.outcome, first);
  assert.deepEqual(told, [[first, true]]);
  assert(call.isSettled);
});
