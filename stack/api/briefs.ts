// Rates of the workers, and what they know of targets and agents, worked out when somebody asks how the stack is. The
// shaping decision: nothing is gathered while nobody looks. Two looks make a rate, so the first question waits a moment
// between its own two, and later ones compare with the question before. Reports come from children: they are narrowed.

import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { readFamilies } from '#config/figures/family';
import { type AgentLine, agentLines, boundsOf, trafficOf } from '#config/figures/tables';
import { controlLimits, supervisorLimits } from '#config/limits';
import { parseJson } from '#config/parse-json';
import type { ChildReport } from '../control.ts';

const upstreamStates = z.array(
  z.object({
    name: z.string(),
    algorithm: z.string(),
    targets: z.number(),
    out: z.array(z.object({ name: z.string(), why: z.string() })),
  }),
);

const reportSchema = z.object({
  exchanges_in_flight: z.number(),
  connections_open: z.number(),
  upstreams: upstreamStates,
  figures: z.unknown(),
});

/** One look at all workers. */
export interface Look {
  readonly at: number; // milliseconds that only count
  readonly workers: ReadonlyMap<string, WorkerLook>;
}

export interface WorkerLook {
  readonly requests: number; // since it started
  readonly refusals: number;
  readonly durations: readonly number[]; // how many in each bucket
  readonly boundsMs: readonly number[]; // of the buckets; the last one has none
  readonly inFlight: number;
  readonly connections: number;
  readonly upstreams: readonly UpstreamState[];
  readonly agents: readonly AgentLine[];
}

export interface WorkerRates {
  readonly requestsPerSecond: number;
  readonly refusalsPerSecond: number;
  readonly p50Ms: number | undefined; // of the requests between the two looks; undefined: there was none
  readonly p99Ms: number | undefined;
  readonly inFlight: number;
  readonly connections: number;
}

export interface AgentRates {
  readonly callsPerSecond: number;
  readonly blocks: number; // since the workers started, as are timeouts: both are rare, so a rate between two looks would say 0
  readonly timeouts: number;
  readonly breaker: string; // the worst that a worker has
}

export type UpstreamState = z.output<typeof upstreamStates>[number];

export interface Rates {
  readonly workers: Readonly<Record<string, WorkerRates>>;
  readonly agents: Readonly<Record<string, AgentRates>>;
  readonly upstreams: readonly UpstreamState[];
}

type Ask = (timeoutMs: number) => Promise<readonly ChildReport[]>;

export class Briefs {
  readonly #ask: Ask;
  #before: Look | undefined;
  #asking: Promise<Rates> | undefined;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Many who ask at once get one answer. */
  rates(): Promise<Rates> {
    this.#asking ??= this.#rates().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #rates(): Promise<Rates> {
    const before = this.#usable() ?? (await this.#look());
    const waitMs = controlLimits.briefsApartMs - (performance.now() - before.at);
    if (waitMs > 0 && before.workers.size > 0) await setTimeout(waitMs);
    const now = await this.#look();
    this.#before = now;
    return ratesBetween(before, now);
  }

  #usable(): Look | undefined {
    const before = this.#before;
    return before !== undefined && performance.now() - before.at < controlLimits.briefsStaleMs ? before : undefined;
  }

  async #look(): Promise<Look> {
    const reports = await this.#ask(supervisorLimits.reportMs);
    const workers = reports.flatMap(({ name, kind, text }): [string, WorkerLook][] => {
      const worker = kind === 'worker' ? lookAt(text) : undefined;
      return worker === undefined ? [] : [[name, worker]];
    });
    return { at: performance.now(), workers: new Map(workers) };
  }
}

/** What a worker's report says, of which the figures are most; `undefined`: it is none. */
export function lookAt(text: string): WorkerLook | undefined {
  const said = reportSchema.safeParse(parseJson(text)).data;
  if (said === undefined) return undefined;
  const families = readFamilies(said.figures);
  const { requests, refusals, durations } = trafficOf(families);
  return {
    requests,
    refusals: Object.values(refusals).reduce((sum, count) => sum + count, 0),
    durations: durations.counts,
    boundsMs: boundsOf(families).map((bound) => bound * 1000),
    inFlight: said.exchanges_in_flight,
    connections: said.connections_open,
    upstreams: said.upstreams,
    agents: agentLines(families),
  };
}

/** A worker that was replaced between the looks counts from zero. */
export function ratesBetween(before: Look, now: Look): Rates {
  const seconds = Math.max(0.001, (now.at - before.at) / 1000);
  const workers = [...now.workers].map(([name, worker]) => {
    const earlier = before.workers.get(name);
    const continues = earlier !== undefined && earlier.requests <= worker.requests;
    return [name, workerRates(continues ? earlier : undefined, worker, seconds)] as const;
  });
  const agents = sumAgents(before, now, seconds);
  return { workers: Object.fromEntries(workers), agents, upstreams: worstUpstreams(now) };
}

function workerRates(before: WorkerLook | undefined, now: WorkerLook, seconds: number): WorkerRates {
  const durations = now.durations.map((count, bucket) => count - (before?.durations[bucket] ?? 0));
  return {
    requestsPerSecond: (now.requests - (before?.requests ?? 0)) / seconds,
    refusalsPerSecond: (now.refusals - (before?.refusals ?? 0)) / seconds,
    p50Ms: quantileMs(durations, now.boundsMs, 0.5),
    p99Ms: quantileMs(durations, now.boundsMs, 0.99),
    inFlight: now.inFlight,
    connections: now.connections,
  };
}

/** Between the bounds of its bucket as if evenly spread. */
export function quantileMs(counts: readonly number[], boundsMs: readonly number[], share: number): number | undefined {
  const wanted = counts.reduce((sum, count) => sum + count, 0) * share;
  if (wanted <= 0) return undefined;
  let seen = 0;
  for (const [bucket, count] of counts.entries()) {
    if (seen + count >= wanted && count > 0) {
      const low = boundsMs[bucket - 1] ?? 0;
      const high = boundsMs[bucket] ?? low;
      return low + ((wanted - seen) / count) * (high - low);
    }
    seen += count;
  }
  return boundsMs.at(-1);
}

const breakers = ['closed', 'half-open', 'open'];

function sumAgents(before: Look, now: Look, seconds: number): Record<string, AgentRates> {
  const all = (look: Look) => [...look.workers.values()].flatMap(({ agents }) => agents);
  const names = [...new Set(all(now).map(({ name }) => name))];
  const sum = (look: Look, name: string, of: (agent: AgentLine) => number) =>
    all(look).reduce((total, agent) => total + (agent.name === name ? of(agent) : 0), 0);
  return Object.fromEntries(
    names.map((name) => {
      const more = (of: (agent: AgentLine) => number) => Math.max(0, sum(now, name, of) - sum(before, name, of));
      const worst = Math.max(...all(now).map((one) => (one.name === name ? breakers.indexOf(one.breaker) : 0)));
      const rates = {
        callsPerSecond: more(({ calls }) => calls) / seconds,
        blocks: sum(now, name, ({ decisions }) => decisions['block'] ?? 0),
        timeouts: sum(now, name, ({ timeouts }) => timeouts),
        breaker: breakers[worst] ?? 'closed',
      };
      return [name, rates];
    }),
  );
}

/** A target is out if any worker leaves it out: each has its own view. */
function worstUpstreams({ workers }: Look): UpstreamState[] {
  const byName = new Map<string, UpstreamState>();
  for (const { upstreams } of workers.values()) {
    for (const upstream of upstreams) {
      const known = byName.get(upstream.name);
      const more = upstream.out.filter(({ name }) => !known?.out.some((one) => one.name === name));
      byName.set(upstream.name, known === undefined ? upstream : { ...known, out: [...known.out, ...more] });
    }
  }
  return [...byName.values()];
}
