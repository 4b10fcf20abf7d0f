// The rate of a route: a token bucket (token-buckets.ts) per client, header value, cookie value, or for all. A request
// without a token is refused with 429 and told when to come again, or waits for its turn where `delay-ms` lets it, or
// passes and is only counted. Each worker decides by its own buckets and tells its peers what it let through (peers.ts);
// what they let through is taken out of the buckets here too. So one connection gets the full rate, many get no more
// than that, and what is let through too much within a tick is owed (docs/limits.md).

import { hash } from 'node:crypto';
import { guardLimits, sharingLimits } from '#config/limits';
import type { RouteConfig } from '#config/schema';
import { headerIds } from '../http1/header-names.ts';
import type { Listener, Peers, Subject } from '../peers.ts';
import type { Refusal } from '../reply/refusals.ts';
import { Deadline } from '../timers.ts';
import { networkKey, type Prefixes } from './client-network.ts';
import type { GuardedRequest } from './guarded-request.ts';
import { headerName, valueNamed } from './named-header.ts';
import { TokenBuckets } from './token-buckets.ts';

export type RateLimitConfig = NonNullable<RouteConfig['policies']['rateLimit']>;

/** What became of the requests that a limit looked at. */
export interface RateCounts {
  passed: number;
  delayed: number;
  refused: number;
  noticed: number; // by a limit that refuses nothing
}

export class RateLimit implements Listener {
  readonly counts: RateCounts = { passed: 0, delayed: 0, refused: 0, noticed: 0 };
  readonly buckets: TokenBuckets;
  readonly rules: string; // who has the same counts the same
  readonly #name: string;
  readonly #burst: number;
  readonly #fillSeconds: number;
  readonly #delayMs: number;
  readonly #logsOnly: boolean;
  readonly #keyOf: (exchange: GuardedRequest) => string;
  readonly #peers: Peers | undefined;
  readonly #owedMost: number;
  readonly #subject: Subject | undefined;
  #waiting = 0;
  learned = 0; // requests that other workers let through

  /** Without peers it counts alone. */
  constructor(config: RateLimitConfig, name: string, peers?: Peers) {
    const { rate, burst } = termsOf(config);
    this.rules = JSON.stringify(config);
    this.buckets = new TokenBuckets({ intervalMs: 1000 / rate, burst });
    this.#name = name;
    this.#burst = burst;
    this.#fillSeconds = Math.ceil(burst / rate);
    this.#delayMs = config.delayMs;
    this.#logsOnly = config.logOnly;
    this.#keyOf = keyReader(config);
    this.#peers = peers;
    this.#owedMost = (peers?.workers ?? 1) * (burst + rate * sharingLimits.noteDelaySeconds);
    this.#subject = peers?.join(`rate ${name}`, this);
  }

  /** Nothing: it passes. A promise: it waits for its turn. */
  check(exchange: GuardedRequest): Refusal | Promise<undefined> | undefined {
    const { timers } = exchange.worker;
    const patienceMs = this.#logsOnly || this.#waiting >= guardLimits.delayedMax ? 0 : this.#delayMs;
    const key = this.#keyOf(exchange);
    const waitMs = this.buckets.take(key, timers.nowMs, patienceMs);
    if (waitMs <= patienceMs) this.#subject?.add(key, 1);
    if (waitMs === 0) {
      this.counts.passed += 1;
      return undefined;
    }
    if (waitMs <= patienceMs) return this.#delay(exchange, waitMs);
    if (!this.#logsOnly) return this.#refuse(waitMs);
    this.counts.noticed += 1;
    exchange.error = 'over the rate limit, which only logs';
    return undefined;
  }

  /** What all peers together can have let through too much is owed, and no more, whatever one of them tells. */
  onTold(_from: number, key: string, amount: number): void {
    if (this.#peers === undefined) return;
    this.learned += amount;
    this.buckets.debit(key, amount, this.#peers.refreshNow(), this.#owedMost);
  }

  /** What another worker remembers. */
  goOnFrom(keys: readonly (readonly [key: string, fullInMs: number])[], nowMs: number): void {
    for (const [key, fullInMs] of keys) this.buckets.raise(key, fullInMs, nowMs, this.#owedMost);
  }

  #delay({ worker }: GuardedRequest, waitMs: number): Promise<undefined> {
    this.counts.delayed += 1;
    this.#waiting += 1;
    return new Promise((resolve) => {
      const passOn = () => {
        this.#waiting -= 1;
        resolve(undefined);
      };
      new Deadline(worker.timers, passOn).set(waitMs);
    });
  }

  /** Fields of draft-ietf-httpapi-ratelimit-headers-10: the policy under the name of the route, and what is left of it. */
  #refuse(waitMs: number): Refusal {
    this.counts.refused += 1;
    const seconds = String(Math.ceil(Math.round(waitMs) / 1000)); // ten seconds and a rounding error are ten
    const headers = [
      ['Retry-After', seconds],
      ['RateLimit-Policy', `"${this.#name}";q=${this.#burst};w=${this.#fillSeconds}`],
      ['RateLimit', `"${this.#name}";r=0;t=${seconds}`],
    ] as const;
    return { code: 'rate-limited', answer: { status: 429, body: undefined, headers } };
  }
}

/** Tokens per second, and how many a full bucket holds. */
function termsOf({ requestsPerSecond, requestsPerMinute, burst }: RateLimitConfig): {
  readonly rate: number;
  readonly burst: number;
} {
  const rate = requestsPerSecond ?? (requestsPerMinute ?? 0) / 60;
  return { rate, burst: burst ?? Math.max(1, Math.floor(rate)) };
}

/** A request without the header or cookie is counted by its address, or leaving it out would be a way around. */
function keyReader({ key, prefixV4: v4, prefixV6: v6 }: RateLimitConfig): (exchange: GuardedRequest) => string {
  const prefixes: Prefixes = { v4, v6 };
  const [kind = '', name = ''] = key.split(':');
  const address = ({ sender }: GuardedRequest) => networkKey(sender.ip, prefixes);
  switch (kind.toLowerCase()) {
    case 'route':
      return () => '';
    case 'header':
      return valueOr(headerReader(name), address);
    case 'cookie':
      return valueOr((exchange) => cookieOf(valueNamed(exchange.head.lines, cookieHeader), name), address);
    default:
      return address;
  }
}

type Reader = (exchange: GuardedRequest) => string | undefined;

/** A value never has the form of an address key: it has a mark in front. */
function valueOr(read: Reader, otherwise: (exchange: GuardedRequest) => string): (exchange: GuardedRequest) => string {
  return (exchange) => {
    const value = read(exchange);
    if (value === undefined || value === '') return otherwise(exchange);
    return value.length <= guardLimits.keyCharactersMax ? `=${value}` : `#${hash('sha256', value, 'base64')}`;
  };
}

/** The engine's own number of a name where it has one, because names that it folds are the same header to upstreams. */
function headerReader(name: string): Reader {
  const id = headerIds[name.toLowerCase() as keyof typeof headerIds] as number | undefined;
  if (id !== undefined && id !== headerIds.other) return ({ head }) => head.lines.valueOf(id);
  const wanted = headerName(name);
  return ({ head }) => valueNamed(head.lines, wanted);
}

const cookieHeader = headerName('cookie');

/** The first cookie of the name (RFC 6265 section 4.2.1); several headers come joined by a comma, which no value has. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(/[;,]/)) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}
