// Rates of the workers, and what they know of targets and agents, worked out when somebody asks how the stack is. The
// shaping decision: nothing is gathered while nobody looks. Two looks make a rate, so the first question waits a moment
// between its own two, and later ones compare with the question before. Reports come from children: they are narrowed.

import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { controlLimits, supervisorLimits } from '#config/limits';
import { parseJson } from '#config/parse-json';
import type { ChildReport } from '../control.ts';

const briefSchema = z.object({
  exchanges_in_flight: z.number(),
  connections_open: z.number(),
  brief: z.object({
    requests: z.number(),
    refusals: z.number(),
    durations: z.array(z.number()).max(100),
    upstreams: z.array(
      z.object({
        name: z.string(),
        algorithm: z.string(),
        targets: z.number(),
        out: z.array(z.object({ name: z.string(), why: z.string() })),
      }),
    ),
    agents: z.array(
      z.object({
        name: z.string(),
        calls: z.number(),
        timeouts: z.number(),
        blocks: z.number(),
        breaker: z.string(),
      }),
    ),
  }),
});
type Brief = z.output<typeof briefSchema>;
type Agent = Brief['brief']['agents'][number];

/** One look at all workers. */
export interface Look {
  readonly at: number; // milliseconds that only count
  readonly briefs: ReadonlyMap<string, Brief>;
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

export interface UpstreamState {
  readonly name: string;
  readonly algorithm: string;
  readonly targets: number;
  readonly out: readonly { readonly name: string; readonly why: string }[];
}

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
    if (waitMs > 0 && before.briefs.size > 0) await setTimeout(waitMs);
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
    const briefs = reports.flatMap(({ name, kind, text }): [string, Brief][] => {
      const brief = kind === 'worker' ? briefSchema.safeParse(parseJson(text)).data : undefined;
      return brief === undefined ? [] : [[name, brief]];
    });
    return { at: performance.now(), briefs: new Map(briefs) };
  }
}

/** A worker that was replaced between the looks counts from zero. */
export function ratesBetween(before: Look, now: Look): Rates {
  const seconds = Math.max(0.001, (now.at - before.at) / 1000);
  const workers = [...now.briefs].map(([name, brief]) => {
    const earlier = before.briefs.get(name);
    const continues = earlier !== undefined && earlier.brief.requests <= brief.brief.requests;
    return [name, workerRates(continues ? earlier : undefined, brief, seconds)] as const;
  });
  const agents = sumAgents(before, now, seconds);
  return { workers: Object.fromEntries(workers), agents, upstreams: worstUpstreams(now) };
}

function workerRates(before: Brief | undefined, { brief, ...now }: Brief, seconds: number): WorkerRates {
  const durations = brief.durations.map((count, bucket) => count - (before?.brief.durations[bucket] ?? 0));
  return {
    requestsPerSecond: (brief.requests - (before?.brief.requests ?? 0)) / seconds,
    refusalsPerSecond: (brief.refusals - (before?.brief.refusals ?? 0)) / seconds,
    p50Ms: quantileMs(durations, 0.5),
    p99Ms: quantileMs(durations, 0.99),
    inFlight: now.exchanges_in_flight,
    connections: now.connections_open,
  };
}

/** Upper bounds of the workers' buckets, in milliseconds; the last has none. */
const bucketsMs = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000];

/** Between the bounds of its bucket as if evenly spread. */
export function quantileMs(counts: readonly number[], share: number): number | undefined {
  const wanted = counts.reduce((sum, count) => sum + count, 0) * share;
  if (wanted <= 0) return undefined;
  let seen = 0;
  for (const [bucket, count] of counts.entries()) {
    if (seen + count >= wanted && count > 0) {
      const [low, high] = [bucketsMs[bucket - 1] ?? 0, bucketsMs[bucket] ?? 60_000];
      return low + ((wanted - seen) / count) * (high - low);
    }
    seen += count;
  }
  return bucketsMs.at(-1);
}

const breakers = ['closed', 'half-open', 'open'];

function sumAgents(before: Look, now: Look, seconds: number): Record<string, AgentRates> {
  const all = (look: Look) => [...look.briefs.values()].flatMap(({ brief }) => brief.agents);
  const names = [...new Set(all(now).map(({ name }) => name))];
  const sum = (look: Look, name: string, of: (agent: Agent) => number) =>
    all(look).reduce((total, agent) => total + (agent.name === name ? of(agent) : 0), 0);
  return Object.fromEntries(
    names.map((name) => {
      const more = (of: (agent: Agent) => number) => Math.max(0, sum(now, name, of) - sum(before, name, of));
      const worst = Math.max(...all(now).map((one) => (one.name === name ? breakers.indexOf(one.breaker) : 0)));
      const rates = {
        callsPerSecond: more(({ calls }) => calls) / seconds,
        blocks: sum(now, name, ({ blocks }) => blocks),
        timeouts: sum(now, name, ({ timeouts }) => timeouts),
        breaker: breakers[worst] ?? 'closed',
      };
      return [name, rates];
    }),
  );
}

/** A target is out if any worker leaves it out: each has its own view. */
function worstUpstreams({ briefs }: Look): UpstreamState[] {
  const byName = new Map<string, UpstreamState>();
  for (const { brief } of briefs.values()) {
    for (const upstream of brief.upstreams) {
      const known = byName.get(upstream.name);
      const more = upstream.out.filter(({ name }) => !known?.out.some((one) => one.name === name));
      byName.set(upstream.name, known === undefined ? upstream : { ...known, out: [...known.out, ...more] });
    }
  }
  return [...byName.values()];
}
