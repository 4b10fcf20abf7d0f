// The figures of agents as the proxy sees them: an agent that nobody runs is out of reach, and calls to it fail at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFamilies } from '#config/figures/text';
import { agentFigures } from '../../../proxy/admin/figures-agents.ts';
import { TestWorker } from '../../support/worker.ts';

test('calls, decisions, queue, breaker and reach', async () => {
  await using one = await TestWorker.start(
    `listeners { listener "http" { address "127.0.0.1:0" } }
    routes { route "r" { builtin-handler "status"; filters "f" } }
    agents { agent "a" { transport { unix-socket "/nowhere.sock" }; events "request-headers"; failure-mode "open"; circuit-breaker { failure-threshold 1 } } }
    filters { filter "f" { agent "a" } }`,
  );
  await one.request('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const agent = one.worker.agents.all.get('a');
  assert(agent !== undefined);
  const event = agent.metrics.of('request-headers');
  event.count('timed-out', 0.2);
  event.count('overloaded', 0);
  event.countDecision('block');
  event.queued = 4;
  const lines = formatFamilies(agentFigures(one.worker)).split('\n');
  const labels = 'agent="a",event="request-headers"';
  for (const line of [
    `sentinel_agent_calls_total{${labels},result="unreachable"} 1`,
    `sentinel_agent_calls_total{${labels},result="timed-out"} 1`,
    `sentinel_agent_timeouts_total{${labels}} 1`,
    `sentinel_agent_queue_rejections_total{${labels}} 1`,
    `sentinel_agent_queue_depth{${labels}} 4`,
    `sentinel_agent_decisions_total{${labels},decision="block"} 1`,
    `sentinel_agent_latency_seconds_count{${labels}} 3`,
    'sentinel_agent_reachable{agent="a"} 0',
    'sentinel_agent_circuit_breaker_state{agent="a"} 1',
    'sentinel_agent_circuit_breaker_opens_total{agent="a"} 1',
    'sentinel_inspection_bytes 0',
  ])
    assert(lines.includes(line), line);
});
