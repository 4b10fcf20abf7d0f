// What is counted, as plain numbers: counting costs 0.01 us where a metrics library costs 0.2. They are read
// (admin/figures.ts) when somebody scrapes. Labels are names of the configuration and codes of ours, never
// anything that a client chooses.

import type { RefusalCode } from './reply/refusals.ts';

/** Upper bounds in seconds; the last bucket has none. */
export const durationBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const;

const methodClasses = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'other'] as const;
const statusesMax = 1000;

interface Counted {
  readonly key: number;
  count: number;
}

export class RouteMetrics {
  readonly route: string;
  readonly refusals = new Map<RefusalCode, number>();
  readonly durations = new Float64Array(durationBuckets.length + 1);
  durationSum = 0;
  requestBytes = 0;
  responseBytes = 0;
  tunnels = 0; // open
  linesSuppressed = 0; // access lines that the route leaves out
  readonly #requests = new Map<number, Counted>(); // method class and status in one number
  #last: Counted = { key: -1, count: 0 }; // most are as the one before

  constructor(route: string) {
    this.route = route;
  }

  count(method: string, status: number, seconds: number): void {
    const key = statusesMax * methodClassOf(method) + status;
    if (this.#last.key !== key) this.#last = this.#counted(key);
    this.#last.count += 1;
    countInto(this.durations, seconds);
    this.durationSum += seconds;
  }

  #counted(key: number): Counted {
    const known = this.#requests.get(key);
    if (known !== undefined) return known;
    const fresh = { key, count: 0 };
    this.#requests.set(key, fresh);
    return fresh;
  }

  countRefusal(code: RefusalCode): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  requests(): Array<{ readonly method: string; readonly status: number; readonly count: number }> {
    return [...this.#requests.values()].map(({ key, count }) => ({
      method: methodClasses[Math.floor(key / statusesMax)] ?? 'other',
      status: key % statusesMax,
      count,
    }));
  }
}

export function countInto(buckets: Float64Array, seconds: number): void {
  let bucket = 0;
  while (bucket < durationBuckets.length && seconds > (durationBuckets[bucket] as number)) bucket += 1;
  buckets[bucket] = (buckets[bucket] as number) + 1;
}

function methodClassOf(method: string): number {
  const index = methodClasses.indexOf(method as (typeof methodClasses)[number]);
  return index === -1 ? methodClasses.length - 1 : index;
}

/** Why a target was picked, where it was not simply the algorithm's choice. */
export type PickedBy = 'cookie' | 'next' | 'retry' | 'trial' | 'panic';

/** Why a target's turn came to nothing. */
export type TargetFailure = 'connect' | 'reset' | 'timeout' | 'bad-reply' | 'status';

export class TargetMetrics {
  readonly failures = new Map<TargetFailure, number>();
  readonly retries = new Map<string, number>(); // by cause: a few words and statuses of the configuration
  readonly picks = new Map<PickedBy, number>(); // attempts, but for those that the algorithm simply chose
  retryBudgetExhausted = 0;
  ejections = 0;
  readonly latencies = new Float64Array(durationBuckets.length + 1);
  latencySum = 0;

  countFailure(reason: TargetFailure): void {
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }

  countPick(by: PickedBy): void {
    this.picks.set(by, (this.picks.get(by) ?? 0) + 1);
  }

  countRetry(cause: string): void {
    this.retries.set(cause, (this.retries.get(cause) ?? 0) + 1);
  }

  countLatency(seconds: number): void {
    countInto(this.latencies, seconds);
    this.latencySum += seconds;
  }
}

/** Why a handshake came to nothing. */
export type FailedHandshake = 'handshake' | 'timeout' | 'client-certificate';

export class TlsMetrics {
  readonly handshakes = new Map<string, { readonly buckets: Float64Array; sum: number }>(); // by version of TLS
  readonly failures = new Map<FailedHandshake, number>();
  readonly certificates = new Map<string, number>(); // by name; '': for everybody else. When each expires, in seconds
  renewalsFailed = 0;

  countHandshake(version: string, seconds: number): void {
    const known = this.handshakes.get(version) ?? { buckets: new Float64Array(durationBuckets.length + 1), sum: 0 };
    countInto(known.buckets, seconds);
    known.sum += seconds;
    this.handshakes.set(version, known);
  }

  countFailure(reason: FailedHandshake): void {
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }
}

/** Why a connection was closed before it was served. */
export type RefusedConnection = 'listener-full' | 'worker-full' | 'client-full' | 'proxy-header';

export class ListenerMetrics {
  readonly listener: string;
  open = 0;
  accepted = 0;
  readonly refused = new Map<RefusedConnection, number>();
  readonly tls = new TlsMetrics();

  constructor(listener: string) {
    this.listener = listener;
  }

  countRefused(reason: RefusedConnection): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
  }
}

export class Metrics {
  readonly routes = new Map<string, RouteMetrics>();
  readonly listeners = new Map<string, ListenerMetrics>();
  exchangesInFlight = 0;
  tunnelsOpen = 0; // of all routes; they are not in flight any more

  /** Of this route; the empty name is for what matched none. */
  route(name: string): RouteMetrics {
    const known = this.routes.get(name);
    if (known !== undefined) return known;
    const fresh = new RouteMetrics(name);
    this.routes.set(name, fresh);
    return fresh;
  }

  listener(name: string): ListenerMetrics {
    const known = this.listeners.get(name);
    if (known !== undefined) return known;
    const fresh = new ListenerMetrics(name);
    this.listeners.set(name, fresh);
    return fresh;
  }
}
