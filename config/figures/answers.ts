// What can be asked of a running stack without changing it, and the answers as text: metrics for scrapers, JSON for the
// rest. The same for all who serve it (the admin side, the control socket) and for a proxy that runs alone, so that an
// answer means the same wherever it is read. Pure: everything that is known comes in. Secrets are masked where they are
// written out (effective.ts).

import { instanceNames } from '../agent-instances.ts';
import { asData, effective } from '../effective.ts';
import { strictestFailureMode } from '../failure-mode.ts';
import { adminLimits } from '../limits.ts';
import { Origins } from '../origin.ts';
import type { Config } from '../schema.ts';
import type { Family } from './family.ts';
import { type ChildSeen, obstaclesOf } from './readiness.ts';
import { agentLines, boundsOf, routeLines, targetLines, trafficOf, workerLines } from './tables.ts';
import { formatFamilies } from './text.ts';

export const questions = [
  'prometheus',
  'openmetrics',
  'readiness',
  'status',
  'routes',
  'upstreams',
  'agents',
  'config',
  'overview',
] as const;
export type Question = (typeof questions)[number];

/** One event of the log, as it was told. */
export interface SeenEvent {
  readonly order: number;
  readonly at: number; // milliseconds since 1970
  readonly source: string; // a child's name, or `stack`
  readonly event: string;
  readonly level: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The stack at one moment of the recent past, as sums since its start. */
export interface PastPoint {
  readonly at: number;
  readonly requests: number;
  readonly failures: number; // replies of 5xx
  readonly refusals: number;
  readonly bytesOut: number;
  readonly inFlight: number; // at that moment
  readonly counts: readonly number[]; // of durations, by bucket
}

/** Everything that answers are made from. */
export interface Known {
  readonly at: number;
  readonly version: string;
  readonly config: Config;
  readonly figures: readonly Family[];
  readonly status: {
    readonly phase: string;
    readonly startedAt: number;
    readonly children: readonly (ChildSeen & Readonly<Record<string, unknown>>)[];
    readonly [more: string]: unknown;
  };
  readonly events: readonly SeenEvent[];
  readonly refusals: readonly unknown[];
  readonly history: readonly PastPoint[];
}

/** `since`: of events, those that came after this one. */
export function answer(question: Question, known: Known, since = 0): string {
  if (question === 'prometheus' || question === 'openmetrics') return formatFamilies(known.figures, question);
  return JSON.stringify(makers[question](known, since));
}

const makers: Readonly<
  Record<Exclude<Question, 'prometheus' | 'openmetrics'>, (known: Known, since: number) => unknown>
> = {
  readiness: (known) => readinessOf(known),
  status: (known) => ({
    version: known.version,
    ...readinessOf(known),
    ...known.status,
    traffic: trafficOf(known.figures),
  }),
  routes: ({ config, figures }) => {
    const lines = new Map(routeLines(figures).map((line) => [line.name, line]));
    const routes = config.routes.map(({ name }) => ({ ...lines.get(name), name }));
    return { bounds: boundsOf(figures), routes, configured: dataOf(config)['routes'] ?? {} };
  },
  upstreams: ({ config, figures }) => ({
    bounds: boundsOf(figures),
    targets: targetLines(figures),
    configured: dataOf(config)['upstreams'] ?? {},
  }),
  agents: (known) => ({ bounds: boundsOf(known.figures), agents: agentsOf(known) }),
  config: ({ config }) => dataOf(config),
  overview: overviewOf,
};

function dataOf(config: Config): Record<string, unknown> {
  return asData(effective(config, nowhere));
}

const nowhere = new Origins(); // values alone: `show` says where each was written

function readinessOf({ status, config, figures }: Known) {
  const obstacles = obstaclesOf({ phase: status.phase, children: status.children, config, figures });
  return { ready: obstacles.length === 0, obstacles };
}

function agentsOf({ config, figures, status }: Known) {
  const lines = new Map(agentLines(figures).map((line) => [line.name, line]));
  const started = new Set(status.children.map(({ name }) => name));
  return config.agents.map((agent) => ({
    ...lines.get(agent.name),
    name: agent.name,
    failureMode: strictestFailureMode(config, agent),
    external: !instanceNames(agent).some((name) => started.has(name)),
  }));
}

/** What the page shows: small, whatever the size of the configuration. */
function overviewOf(known: Known, since: number) {
  const { at, version, status, figures, events, refusals, history } = known;
  const most = adminLimits.rowsShownMax;
  const routes = routeLines(figures);
  const targets = targetLines(figures);
  const isTroubled = ({ healthy, breaker }: (typeof targets)[number]) => Number(healthy < 1 || breaker !== 'closed');
  return {
    at,
    lastEvent: events.at(-1)?.order ?? since, // first: who passes this on looks for it without reading the rest
    version,
    ...readinessOf(known),
    status,
    bounds: boundsOf(figures),
    agentBounds: boundsOf(figures, 'sentinel_agent_latency_seconds'),
    lagBounds: boundsOf(figures, 'sentinel_worker_event_loop_lag_seconds'),
    traffic: trafficOf(figures),
    routes: routes.toSorted((one, other) => other.requests - one.requests).slice(0, most),
    routeCount: routes.length,
    targets: targets
      .toSorted((one, other) => isTroubled(other) - isTroubled(one) || other.attempts - one.attempts)
      .slice(0, most),
    targetCount: targets.length,
    agents: agentsOf(known).slice(0, most),
    workers: workerLines(figures).slice(0, most),
    events: events.filter(({ order }) => order > since),
    refusals,
    history: since === 0 ? history : [],
  };
}
