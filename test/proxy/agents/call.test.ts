// A call has one outcome, the first.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentCall, type CallResult, failed } from '../../../proxy/agents/call.ts';
import { requestTo } from './support.ts';

test('the first outcome is the only one, and is told once with whether it had been sent', async () => {
  const told: [CallResult, boolean][] = [];
  const call = new AgentCall(
    'request-headers',
    requestTo('/'),
    10,
    5,
    (_, result, wasSent) => void told.push([result, wasSent]),
  );
  assert.equal(call.dueMs, 15);
  call.state = 'sent';
  const [first, second] = [failed('lost', 'a'), failed('timed-out', 'b')];
  call.settle(first);
  call.settle(second);
  assert.equal(await call.outcome, first);
  assert.deepEqual(told, [[first, true]]);
  assert(call.isSettled);
});
