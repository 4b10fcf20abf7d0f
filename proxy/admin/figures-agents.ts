// The figures of agents as this worker sees them from its side of the socket: what they were asked, what came of it, how
// long it took, and whether they are asked at all. What an agent counts of itself it reports itself.

import { counter, type Family, gauge, type NumberRow } from '#config/figures/family';
import type { EventMetrics } from '../agents/agent-metrics.ts';
import { Instances } from '../agents/instances.ts';
import type { Worker } from '../worker.ts';
import { seconds } from './figure-rows.ts';
import { breakerNumbers } from './figures-upstreams.ts';

export function agentFigures(worker: Worker): Family[] {
  return [...callFigures(worker), ...standingFigures(worker), ...instanceFigures(worker)];
}

const labelNames = ['agent', 'event'];

function callFigures({ agents }: Worker): Family[] {
  const events = [...agents.all.values()].flatMap(({ name, metrics }) =>
    [...metrics.events].map(([event, one]) => ({ labels: [name, event] as const, one })),
  );
  const value = (read: (one: EventMetrics) => number) =>
    events.map(({ labels, one }): NumberRow => [labels, read(one)]);
  const byWord = (read: (one: EventMetrics) => Iterable<readonly [string, number]>) =>
    events.flatMap(({ labels, one }) =>
      Array.from(read(one), ([word, count]): NumberRow => [[...labels, word], count]),
    );
  return [
    counter(
      'sentinel_agent_calls_total',
      'Events put to an agent, by what became of them: `ok`, or why there was no answer.',
      [...labelNames, 'result'],
      byWord((one) => one.results),
    ),
    counter(
      'sentinel_agent_decisions_total',
      'What agents decided.',
      [...labelNames, 'decision'],
      byWord((one) => one.decisions),
    ),
    counter(
      'sentinel_agent_timeouts_total',
      'Events that were not answered in time.',
      labelNames,
      value((one) => one.timeouts),
    ),
    counter(
      'sentinel_agent_queue_rejections_total',
      'Events that found no place in the queue.',
      labelNames,
      value((one) => one.queueRejections),
    ),
    gauge(
      'sentinel_agent_queue_depth',
      'Events that wait for their turn.',
      labelNames,
      value((one) => one.queued),
    ),
    seconds(
      'sentinel_agent_latency_seconds',
      'From asking to the outcome.',
      labelNames,
      events.map(({ labels, one }) => [labels, one.latencies, one.latencySum]),
    ),
  ];
}

function standingFigures({ agents, inspectionMemory, timers }: Worker): Family[] {
  const all = [...agents.all.values()];
  for (const { breaker } of all) breaker.turn(timers.nowMs);
  return [
    gauge(
      'sentinel_agent_reachable',
      '1: the proxy reaches the agent and it says that it is well; in between: so say this share of the workers.',
      ['agent'],
      all.map(({ name, link }) => [[name], link.faultAhead === undefined ? 1 : 0]),
      'mean',
    ),
    gauge(
      'sentinel_agent_circuit_breaker_state',
      'The circuit breaker: 0 closed, 1 open, 2 half-open; open if it is so at any worker.',
      ['agent'],
      all.map(({ name, breaker }) => [[name], breakerNumbers[breaker.state]]),
      'breaker',
    ),
    counter(
      'sentinel_agent_circuit_breaker_opens_total',
      'Times that it opened.',
      ['agent'],
      all.map(({ name, metrics }) => [[name], metrics.breakerOpens]),
    ),
    gauge('sentinel_inspection_bytes', 'Bodies held for agents.', [], [[[], inspectionMemory.bytesHeld]]),
  ];
}

/** Of agents with several processes. */
function instanceFigures({ agents }: Worker): Family[] {
  const instances = [...agents.all.values()].flatMap(({ name, link }) =>
    link instanceof Instances ? link.all.map((one) => ({ labels: [name, one.name] as const, one })) : [],
  );
  return [
    gauge(
      'sentinel_agent_instance_up',
      '1 while an instance of an agent can be asked; in between: this share of the workers can.',
      ['agent', 'instance'],
      instances.map(({ labels, one }) => [labels, one.link.faultAhead === undefined ? 1 : 0]),
      'mean',
    ),
    counter(
      'sentinel_agent_instance_calls_total',
      'Events that were sent to it.',
      ['agent', 'instance'],
      instances.map(({ labels, one }) => [labels, one.calls]),
    ),
  ];
}
