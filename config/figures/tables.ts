// Figures by what they are of: a line for each route, target, agent and worker, with the sums that people ask for first.
// Made from merged families, so a supervisor that knows no dataplane makes the same tables as a proxy alone. Pure. It
// refuses to compute rates: whoever looks twice can, with the interval that suits it.

import { type Family, familyOf } from './family.ts';

/** Durations as they were counted: by bucket, the last one without a bound. */
export interface Durations {
  readonly counts: readonly number[];
  readonly sum: number;
}

export interface Traffic {
  readonly requests: number;
  readonly byStatus: Readonly<Record<string, number>>; // `2xx` and so on
  readonly refusals: Readonly<Record<string, number>>; // by reason
  readonly inFlight: number;
  readonly connections: number;
  readonly tunnels: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durations: Durations;
}

export interface RouteLine {
  readonly name: string; // '': what matched no route
  readonly requests: number;
  readonly failures: number; // replies of 5xx
  readonly refusals: number;
  readonly durations: Durations;
}

export interface TargetLine {
  readonly upstream: string;
  readonly target: string;
  readonly healthy: number; // the share of the workers that say so
  readonly breaker: BreakerState;
  readonly attempts: number;
  readonly failures: number;
  readonly ejections: number;
  readonly busy: number;
  readonly durations: Durations;
}

export interface AgentLine {
  readonly name: string;
  readonly reachable: number; // the share of the workers that say so
  readonly breaker: BreakerState;
  readonly calls: number;
  readonly failures: number; // calls without an answer
  readonly timeouts: number;
  readonly waiting: number;
  readonly decisions: Readonly<Record<string, number>>;
  readonly durations: Durations;
}

export interface WorkerLine {
  readonly worker: string;
  readonly heapBytes: number;
  readonly busySeconds: number;
  readonly lag: Durations;
}

const breakerStates = ['closed', 'open', 'half-open'] as const;
export type BreakerState = (typeof breakerStates)[number];

export function trafficOf(families: readonly Family[]): Traffic {
  const total = (name: string) => sumsBy(families, name, () => '').get('') ?? 0;
  const statuses = sumsBy(families, 'sentinel_requests_total', ([, , status = '']) => `${status.slice(0, 1)}xx`);
  return {
    requests: total('sentinel_requests_total'),
    byStatus: Object.fromEntries(statuses),
    refusals: Object.fromEntries(sumsBy(families, 'sentinel_refusals_total', ([, reason = '']) => reason)),
    inFlight: total('sentinel_active_requests'),
    connections: total('sentinel_open_connections'),
    tunnels: total('sentinel_tunnels'),
    bytesIn: total('sentinel_request_body_bytes_total'),
    bytesOut: total('sentinel_response_body_bytes_total'),
    durations: durationsBy(families, 'sentinel_request_duration_seconds', () => '').get('') ?? noDurations,
  };
}

export function routeLines(families: readonly Family[]): RouteLine[] {
  const requests = sumsBy(families, 'sentinel_requests_total', first);
  const isFailure = ([, , status = '']: readonly string[]) => status.startsWith('5');
  const failures = sumsBy(families, 'sentinel_requests_total', (labels) =>
    isFailure(labels) ? first(labels) : undefined,
  );
  const refusals = sumsBy(families, 'sentinel_refusals_total', first);
  const durations = durationsBy(families, 'sentinel_request_duration_seconds', first);
  return [...durations].map(([name, one]) => ({
    name,
    requests: requests.get(name) ?? 0,
    failures: failures.get(name) ?? 0,
    refusals: refusals.get(name) ?? 0,
    durations: one,
  }));
}

export function targetLines(families: readonly Family[]): TargetLine[] {
  const of = (name: string) => sumsBy(families, `sentinel_upstream_${name}`, pair);
  const isBusy = ([, , state]: readonly string[]) => state === 'busy';
  const busy = sumsBy(families, 'sentinel_upstream_connections', (labels) =>
    isBusy(labels) ? pair(labels) : undefined,
  );
  const [healthy, breaker, failures, ejections] = [
    of('target_healthy'),
    of('circuit_breaker_state'),
    of('failures_total'),
    of('target_ejected_total'),
  ];
  const durations = durationsBy(families, 'sentinel_upstream_latency_seconds', pair);
  return [...of('attempts_total')].map(([key, attempts]) => {
    const [upstream = '', target = ''] = key.split(separator);
    return {
      upstream,
      target,
      healthy: healthy.get(key) ?? 1,
      breaker: breakerStates[breaker.get(key) ?? 0] ?? 'closed',
      attempts,
      failures: failures.get(key) ?? 0,
      ejections: ejections.get(key) ?? 0,
      busy: busy.get(key) ?? 0,
      durations: durations.get(key) ?? noDurations,
    };
  });
}

export function agentLines(families: readonly Family[]): AgentLine[] {
  const of = (name: string) => sumsBy(families, `sentinel_agent_${name}`, first);
  const isFailure = ([, , result]: readonly string[]) => result !== 'ok';
  const failures = sumsBy(families, 'sentinel_agent_calls_total', (labels) =>
    isFailure(labels) ? first(labels) : undefined,
  );
  const [breaker, calls, timeouts, waiting] = [
    of('circuit_breaker_state'),
    of('calls_total'),
    of('timeouts_total'),
    of('queue_depth'),
  ];
  const durations = durationsBy(families, 'sentinel_agent_latency_seconds', first);
  return [...of('reachable')].map(([name, reachable]) => ({
    name,
    reachable,
    breaker: breakerStates[breaker.get(name) ?? 0] ?? 'closed',
    calls: calls.get(name) ?? 0,
    failures: failures.get(name) ?? 0,
    timeouts: timeouts.get(name) ?? 0,
    waiting: waiting.get(name) ?? 0,
    decisions: decisionsOf(families, name),
    durations: durations.get(name) ?? noDurations,
  }));
}

export function workerLines(families: readonly Family[]): WorkerLine[] {
  const heap = sumsBy(families, 'sentinel_worker_heap_used_bytes', first);
  const busy = sumsBy(families, 'sentinel_worker_event_loop_busy_seconds_total', first);
  return [...durationsBy(families, 'sentinel_worker_event_loop_lag_seconds', first)].map(([worker, lag]) => ({
    worker,
    heapBytes: heap.get(worker) ?? 0,
    busySeconds: busy.get(worker) ?? 0,
    lag,
  }));
}

/** The upper bounds of the buckets that these tables hold, in seconds. */
export function boundsOf(families: readonly Family[], name = 'sentinel_request_duration_seconds'): readonly number[] {
  const family = familyOf(families, name);
  return family?.kind === 'histogram' ? family.bounds : [];
}

const noDurations: Durations = { counts: [], sum: 0 };
const separator = '\0'; // in no name

const first = ([label = '']: readonly string[]) => label;
const pair = ([one = '', other = '']: readonly string[]) => `${one}${separator}${other}`;

function decisionsOf(families: readonly Family[], agent: string): Record<string, number> {
  const ofAgent = ([name, , decision]: readonly string[]) => (name === agent ? decision : undefined);
  return Object.fromEntries(sumsBy(families, 'sentinel_agent_decisions_total', ofAgent));
}

type KeyOf = (labels: readonly string[]) => string | undefined; // undefined: not this row

function sumsBy(families: readonly Family[], name: string, keyOf: KeyOf): Map<string, number> {
  const sums = new Map<string, number>();
  const family = familyOf(families, name);
  for (const [labels, value] of family === undefined || family.kind === 'histogram' ? [] : family.rows) {
    const key = keyOf(labels);
    if (key !== undefined) sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return sums;
}

function durationsBy(families: readonly Family[], name: string, keyOf: KeyOf): Map<string, Durations> {
  const found = new Map<string, Durations>();
  const family = familyOf(families, name);
  for (const [labels, counts, sum] of family?.kind === 'histogram' ? family.rows : []) {
    const key = keyOf(labels);
    if (key === undefined) continue;
    const known = found.get(key);
    const added = known === undefined ? counts : addCounts(counts, known.counts);
    found.set(key, { counts: added, sum: sum + (known?.sum ?? 0) });
  }
  return found;
}

/** Either may end earlier. */
function addCounts(one: readonly number[], other: readonly number[]): number[] {
  const length = Math.max(one.length, other.length);
  return Array.from({ length }, (_, index) => (one[index] ?? 0) + (other[index] ?? 0));
}
