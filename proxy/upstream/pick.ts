// Upstreams and the choice of a target: a table of algorithms by name, each a pure function of the targets' weights, of
// how busy they are, and of chance, which is an argument. A target that this exchange has found out of reach is not
// picked again for it. It refuses to open connections.

import assert from 'node:assert/strict';
import type { UpstreamConfig } from '#config/schema';
import { parseAddress } from '#config/value';
import { TargetMetrics } from '../metrics.ts';
import type { Surroundings } from './connection.ts';
import { Pool } from './pool.ts';
import { RetryBudget } from './retry-budget.ts';

/** Who wants to know how exchanges with a target went: health-watch.ts. */
export interface TargetWatch {
  /** A request goes there; true if it is a trial, which must be told to have ended. */
  begin(): boolean;
  onReply(status: number, durationMs: number, isTrial: boolean): void;
  onFailure(isConnect: boolean, isTrial: boolean): void;
  onAbandoned(): void;
}

export class Target {
  readonly name: string; // its address, as configured
  readonly weight: number;
  readonly pool: Pool;
  active = 0; // exchanges
  balance = 0; // of the smooth round robin
  attempts = 0;
  isAvailable = true; // kept, as is the next, by health-watch.ts
  weightFactor = 1; // 0 to 1: of its weight, after it came back
  watch: TargetWatch | undefined = undefined;
  readonly metrics = new TargetMetrics();

  constructor(name: string, weight: number, pool: Pool) {
    this.name = name;
    this.weight = weight;
    this.pool = pool;
  }
}

export class Upstream {
  readonly name: string;
  readonly config: UpstreamConfig;
  readonly targets: readonly Target[];
  readonly retryBudget = new RetryBudget();

  constructor(config: UpstreamConfig, around: Surroundings) {
    this.name = config.name;
    this.config = config;
    const {
      maxIdle: idleMax,
      idleTimeoutMs: idleMs,
      maxConnections: openMax,
      maxLifetimeMs: lifetimeMs,
    } = config.connectionPool;
    this.targets = config.target.map(({ address, weight }) => {
      const parsed = parseAddress(address);
      assert(parsed !== undefined, 'the configuration has been checked');
      return new Target(address, weight, new Pool(parsed, { idleMax, idleMs, openMax, lifetimeMs }, around));
    });
  }

  /** `undefined` when every available target has been tried. */
  pick(tried: readonly Target[], chance: () => number = Math.random): Target | undefined {
    const left =
      tried.length === 0 && this.targets.every(isAvailable)
        ? this.targets
        : this.targets.filter((target) => target.isAvailable && !tried.includes(target));
    return left.length <= 1 ? left[0] : algorithms[this.config.loadBalancing](left, chance);
  }
}

function isAvailable(target: Target): boolean {
  return target.isAvailable;
}

type Algorithm = (targets: readonly Target[], chance: () => number) => Target | undefined;

export const algorithms: Readonly<Record<UpstreamConfig['loadBalancing'], Algorithm>> = {
  'round-robin': smoothRoundRobin,
  'least-connections': leastConnections,
  random: weightedRandom,
};

/** Each turn everybody gains its weight and the richest pays the sum: weights 5, 1, 1 give a a b a c a a, never a a a a a b c. */
function smoothRoundRobin(targets: readonly Target[]): Target | undefined {
  let best: Target | undefined;
  let sum = 0;
  for (const target of targets) {
    const weight = target.weight * target.weightFactor;
    sum += weight;
    target.balance += weight;
    if (best === undefined || target.balance > best.balance) best = target;
  }
  if (best !== undefined) best.balance -= sum;
  return best;
}

/** The least busy for its weight; among equals, the round robin decides, or the first would get all of a quiet day. */
function leastConnections(targets: readonly Target[]): Target | undefined {
  const load = Math.min(...targets.map((target) => target.active / target.weight));
  return smoothRoundRobin(targets.filter((target) => target.active / target.weight === load));
}

function weightedRandom(targets: readonly Target[], chance: () => number): Target | undefined {
  let left = chance() * targets.reduce((sum, target) => sum + target.weight, 0);
  return targets.find((target) => {
    left -= target.weight;
    return left < 0;
  });
}
