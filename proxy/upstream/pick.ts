// Upstreams and the choice of a target: a table of algorithms by name, each a pure function of the targets' weights, of
// how busy they are, and of chance, which is an argument. A target that this exchange has found out of reach is not
// picked again for it. It refuses to open connections.

import assert from 'node:assert/strict';
import type { UpstreamConfig } from '#config/schema';
import { parseAddress } from '#config/value';
import type { Surroundings } from './connection.ts';
import { Pool } from './pool.ts';

export class Target {
  readonly name: string; // its address, as configured
  readonly weight: number;
  readonly pool: Pool;
  active = 0; // exchanges
  balance = 0; // of the smooth round robin
  attempts = 0;
  failures = 0;

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

  constructor(config: UpstreamConfig, around: Surroundings) {
    this.name = config.name;
    this.config = config;
    const { maxIdle: idleMax, idleTimeoutMs: idleMs } = config.connectionPool;
    this.targets = config.target.map(({ address, weight }) => {
      const parsed = parseAddress(address);
      assert(parsed !== undefined, 'the configuration has been checked');
      return new Target(address, weight, new Pool(parsed, { idleMax, idleMs }, around));
    });
  }

  /** `undefined` when every target has been tried. */
  pick(tried: readonly Target[], chance: () => number = Math.random): Target | undefined {
    const left = tried.length === 0 ? this.targets : this.targets.filter((target) => !tried.includes(target));
    return left.length <= 1 ? left[0] : algorithms[this.config.loadBalancing](left, chance);
  }
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
    sum += target.weight;
    target.balance += target.weight;
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
