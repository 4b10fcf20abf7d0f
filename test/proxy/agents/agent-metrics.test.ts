// What is counted of an agent.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentMetrics } from '../../../proxy/agents/agent-metrics.ts';

test('outcomes, latencies, timeouts and rejections are counted by event', () => {
  const metrics = new AgentMetrics();
  const heads = metrics.of('request-headers');
  heads.count('ok', 0.002);
  heads.count('timed-out', 0.1);
  heads.count('overloaded', 0);
  heads.countDecision('allow');
  assert.equal(metrics.of('request-headers'), heads);
  assert.deepEqual(Object.fromEntries(heads.results), { ok: 1, 'timed-out': 1, overloaded: 1 });
  assert.deepEqual([heads.timeouts, heads.queueRejections, heads.decisions.get('allow')], [1, 1, 1]);
  assert.deepEqual([heads.latencies[0], heads.latencies[1], heads.latencies[6]], [1, 1, 1]);
  assert.equal(metrics.of('log').results.size, 0);
});
