// How a worker does, in a few numbers, for people who look at the stack: what it has served and how fast, how its targets
// and agents are. All counted already; here it is only picked. It refuses to be the metrics: those have everything.

import type { Worker } from './worker.ts';

export interface WorkerBrief {
  readonly requests: number; // since it started
  readonly refusals: number;
  readonly durations: readonly number[]; // as in metrics.ts: how many in each bucket
  readonly upstreams: readonly UpstreamBrief[];
  readonly agents: readonly AgentBrief[];
}

interface UpstreamBrief {
  readonly name: string;
  readonly algorithm: string;
  readonly targets: number;
  readonly out: readonly { readonly name: string; readonly why: string }[]; // those that get no requests
}

interface AgentBrief {
  readonly name: string;
  readonly calls: number;
  readonly timeouts: number;
  readonly blocks: number;
  readonly breaker: string;
}

export function briefOf(worker: Worker): WorkerBrief {
  const routes = [...worker.metrics.routes.values()];
  const durations = routes.reduce<number[]>(
    (sums, route) => Array.from(route.durations, (count, bucket) => (sums[bucket] ?? 0) + count),
    [],
  );
  return {
    requests: durations.reduce((sum, count) => sum + count, 0),
    refusals: routes.reduce((sum, { refusals }) => sum + total(refusals.values()), 0),
    durations,
    upstreams: upstreamBriefs(worker),
    agents: agentBriefs(worker),
  };
}

function upstreamBriefs({ upstreams, standings, timers }: Worker): UpstreamBrief[] {
  const nowMs = timers.nowMs;
  return [...upstreams.values()].map(({ name, algorithm, targets }) => ({
    name,
    algorithm,
    targets: targets.length,
    out: targets.flatMap((target) => {
      const { health, ejection, breaker } = standings.of(name, target.name);
      if (!health.isHealthy) return { name: target.name, why: 'down, say its probes' };
      if (ejection.isOut(nowMs)) return { name: target.name, why: ejectedWords(ejection.untilMs - nowMs) };
      return breaker.state === 'closed' ? [] : { name: target.name, why: `breaker ${breaker.state}` };
    }),
  }));
}

function ejectedWords(leftMs: number): string {
  return `ejected, back in ${Math.ceil(leftMs / 1000)} s`;
}

function agentBriefs({ agents, timers }: Worker): AgentBrief[] {
  return [...agents.all.values()].map(({ name, metrics, breaker }) => {
    breaker.turn(timers.nowMs);
    const events = [...metrics.events.values()];
    return {
      name,
      calls: events.reduce((sum, { results }) => sum + total(results.values()), 0),
      timeouts: events.reduce((sum, { timeouts }) => sum + timeouts, 0),
      blocks: events.reduce((sum, { decisions }) => sum + (decisions.get('block') ?? 0), 0),
      breaker: breaker.state,
    };
  });
}

function total(counts: Iterable<number>): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
