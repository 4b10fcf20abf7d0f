// What a worker hands to the one that follows it, or that was started anew beside it: which targets are ill, ejected or
// behind an open breaker, which agents are, and whose rate is used up. So neither a reload nor a restart makes anybody
// forget. The shaping decision: it is taken over only by what is ruled by the same words as before (a target by its
// upstream's rules, a client by its route's), and times travel as what is left of them, since no two processes have the
// same clock. Bounded in entries and characters; what comes is narrowed as a whole, and with anything wrong in it, it is
// as if nothing had come. It refuses to know who asks and how it travels.

import { z } from 'zod';
import { sharingLimits } from '#config/limits';
import { parseJson } from '#config/parse-json';
import type { Agent } from './agents/agent.ts';
import type { RateLimit } from './request/rate-limit.ts';
import { breakerMemory } from './upstream/breaker.ts';
import { type Member, standingMemory } from './upstream/health-watch.ts';
import type { Worker } from './worker.ts';

const { keyCharactersMax, memoryKeysMax, memoryCharactersMax } = sharingLimits;

const ofRate = z.tuple([z.string().max(keyCharactersMax), z.number().min(0)]);

const memory = z.object({
  targets: z.array(z.object({ upstream: z.string(), target: z.string(), rules: z.string(), standing: standingMemory })),
  agents: z.array(z.object({ agent: z.string(), rules: z.string(), breaker: breakerMemory })),
  rates: z.array(z.object({ route: z.string(), rules: z.string(), keys: z.array(ofRate).max(memoryKeysMax) })),
});

type Memory = z.output<typeof memory>;

/** As text; empty if it would be too long. */
export function remember(worker: Worker): string {
  const nowMs = worker.timers.refresh();
  const targets = members(worker).map(({ upstream, rules, member }) => ({
    upstream,
    target: member.target.name,
    rules,
    standing: member.standing.remembered(nowMs),
  }));
  const agents = [...worker.agents.all.values()].map((agent) => ({
    agent: agent.name,
    rules: rulesOf(agent),
    breaker: agent.breaker.remembered(performance.now()),
  }));
  const text = JSON.stringify({ targets, agents, rates: ratesOf(worker, nowMs) } satisfies Memory);
  return text.length <= memoryCharactersMax ? text : '';
}

/** Those who have least left, if there are too many. */
function ratesOf(worker: Worker, nowMs: number): Memory['rates'] {
  let room: number = memoryKeysMax;
  return rateLimits(worker).map(({ route, limit }) => {
    const keys = limit.buckets.remembered(nowMs, room);
    room -= keys.length;
    return { route, rules: limit.rules, keys };
  });
}

/** Takes over what another has remembered; false if it cannot be read. */
export function recall(worker: Worker, text: string): boolean {
  const known = memory.safeParse(parseJson(text)).data;
  if (known === undefined) return false;
  const nowMs = worker.timers.refresh();
  const standings = new Map(known.targets.map((one) => [key(one.upstream, one.target, one.rules), one.standing]));
  for (const { upstream, rules, member } of members(worker)) {
    const standing = standings.get(key(upstream, member.target.name, rules));
    if (standing !== undefined) member.standing.goOnFrom(standing, nowMs);
  }
  for (const watch of worker.health.watches) watch.update();
  const breakers = new Map(known.agents.map((one) => [key(one.agent, one.rules), one.breaker]));
  for (const agent of worker.agents.all.values()) {
    const breaker = breakers.get(key(agent.name, rulesOf(agent)));
    if (breaker !== undefined) agent.breaker.goOnFrom(breaker, performance.now());
  }
  const rates = new Map(known.rates.map((one) => [key(one.route, one.rules), one.keys]));
  for (const { route, limit } of rateLimits(worker)) limit.goOnFrom(rates.get(key(route, limit.rules)) ?? [], nowMs);
  return true;
}

function key(...parts: readonly string[]): string {
  return parts.join('\0');
}

interface Ruled {
  readonly upstream: string;
  readonly rules: string;
  readonly member: Member;
}

function members(worker: Worker): Ruled[] {
  return worker.health.watches.flatMap(({ config, members }) => {
    const { healthCheck, ejection, circuitBreaker } = config;
    const rules = JSON.stringify([healthCheck, ejection, circuitBreaker]);
    return members.map((member) => ({ upstream: config.name, rules, member }));
  });
}

/** Of the same process: one that is made from something else listens elsewhere. */
function rulesOf({ config: { circuitBreaker, transport } }: Agent): string {
  return JSON.stringify([circuitBreaker, transport]);
}

function rateLimits(worker: Worker): { readonly route: string; readonly limit: RateLimit }[] {
  return [...worker.routes].flatMap(([route, { access }]) =>
    access?.rateLimit === undefined ? [] : [{ route, limit: access.rateLimit }],
  );
}
