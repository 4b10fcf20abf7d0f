// Which agents a route asks, about what, in which order, and what happens when one does not answer: made once from the
// configuration. The data path asks by it, and `explain` prints it. The shaping decision: for each event a list of groups,
// asked one after the other; the agents of one group (`parallel`) are asked at once. It refuses to ask.

import assert from 'node:assert/strict';
import { type FailureMode, failureModeOf } from '#config/failure-mode';
import type { Config, FilterConfig, RouteConfig } from '#config/schema';
import type { Agent } from './agent.ts';
import { type Phase, phases } from './call.ts';

/** One filter of a route, ready to be asked. */
export interface Step {
  readonly filter: string;
  readonly agent: Agent;
  readonly failure: FailureMode;
}

export type Group = readonly Step[];

/** How the bodies of one direction are held for those who are asked about them. */
export interface BodyTerms {
  readonly groups: readonly Group[];
  readonly mode: 'buffer' | 'stream';
  readonly bytesMax: number;
  readonly onTooLarge: 'refuse' | 'inspect-prefix';
}

export interface RoutePlan {
  readonly groups: Readonly<Record<Phase, readonly Group[]>>;
  /** Every agent of the route once. */
  readonly agents: readonly Agent[];
}

export function planOf(route: RouteConfig, config: Config, agents: ReadonlyMap<string, Agent>): RoutePlan | undefined {
  const written = route.filters.flatMap((name) => {
    const filter = config.filters.find((one) => one.name === name);
    const agent = filter === undefined ? undefined : agents.get(filter.agent);
    return filter === undefined || agent === undefined ? [] : [{ filter, step: stepOf(route, filter, agent) }];
  });
  const groupsOf = (phase: Phase) =>
    grouped(written.filter(({ filter, step }) => asksAbout(filter, step.agent, phase)));
  const groups = Object.fromEntries(phases.map((phase) => [phase, groupsOf(phase)])) as Record<Phase, Group[]>;
  if (phases.every((phase) => groups[phase].length === 0)) return undefined;
  return { groups, agents: [...new Set(written.map(({ step }) => step.agent))] };
}

function stepOf(route: RouteConfig, filter: FilterConfig, agent: Agent): Step {
  const failure = failureModeOf(filter, agent.config, route);
  assert(failure !== undefined); // `check` demands one
  return { filter: filter.name, agent, failure };
}

function asksAbout({ phase: part }: FilterConfig, agent: Agent, phase: Phase): boolean {
  if (!agent.config.events.includes(phase)) return false;
  if (part === 'all' || phase === 'log') return true;
  return phase.startsWith(part);
}

function grouped(written: ReadonlyArray<{ readonly filter: FilterConfig; readonly step: Step }>): Group[] {
  const groups: Step[][] = [];
  let isOpen = false;
  for (const { filter, step } of written) {
    const last = groups.at(-1);
    if (isOpen && filter.parallel && last !== undefined) last.push(step);
    else groups.push([step]);
    isOpen = filter.parallel;
  }
  return groups;
}

/** Of the agents that want to see such a body; `undefined` if none does. */
export function bodyTermsOf(groups: readonly Group[], contentType: string | undefined): BodyTerms | undefined {
  const asked = groups
    .map((group) => group.filter(({ agent }) => wantsType(agent.config.bodyHandling.contentTypes, contentType)))
    .filter((group) => group.length > 0);
  const [first] = asked.flat();
  if (first === undefined) return undefined;
  const handlings = asked.flat().map(({ agent }) => ({ ...agent.config.bodyHandling, agent }));
  const buffering = handlings.filter(({ mode }) => mode === 'buffer');
  return {
    groups: asked,
    mode: buffering.length > 0 ? 'buffer' : 'stream', // who would see it in pieces may see it whole
    bytesMax: Math.min(
      ...buffering.map(({ maxBytes, agent }) => Math.min(maxBytes, agent.link.standing?.bodyBytesMax ?? Infinity)),
    ),
    onTooLarge: buffering.some(({ onTooLarge }) => onTooLarge === 'refuse') ? 'refuse' : 'inspect-prefix',
  };
}

function wantsType(types: readonly string[], contentType: string | undefined): boolean {
  if (types.length === 0) return true;
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return types.some((written) => {
    const wanted = written.toLowerCase();
    return wanted.endsWith('/*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
  });
}

/** One line of what would be asked. */
export interface Asked {
  readonly event: Phase;
  readonly filter: string;
  readonly agent: string;
  readonly together: number; // groups are numbered; those with one number are asked at once
  readonly failureMode: 'open' | 'closed';
  readonly failureModeFrom: FailureMode['from'];
  readonly timeoutMs: number;
  /** Why it would not be asked after all. */
  readonly unless: string | undefined;
}

/** What would be asked about a request with such a body (`undefined`: without one). */
export function askedOf(
  plan: RoutePlan,
  body: { readonly contentType: string | undefined } | undefined,
  opensWebSocket = false,
): Asked[] {
  return phases.flatMap((event) =>
    plan.groups[event].flatMap((group, together) =>
      group.map(({ filter, agent, failure }) => ({
        event,
        filter,
        agent: agent.name,
        together,
        failureMode: failure.mode,
        failureModeFrom: failure.from,
        timeoutMs: agent.timeoutMs(event),
        unless:
          event === 'websocket-frame' && !opensWebSocket
            ? 'the request opens no WebSocket'
            : unlessOf(event, agent, body),
      })),
    ),
  );
}

function unlessOf(
  event: Phase,
  agent: Agent,
  body: { readonly contentType: string | undefined } | undefined,
): string | undefined {
  if (!agent.link.takes(event)) return 'the agent says that it does not take such events';
  if (event !== 'request-body') return undefined;
  if (body === undefined) return 'the request has no body';
  return wantsType(agent.config.bodyHandling.contentTypes, body.contentType)
    ? undefined
    : 'its media type is not among content-types';
}
