// Upstreams and their targets, and the question which target is next: asked of the algorithm of the configuration
// (balancer.ts). A target that this exchange has found out of reach is not picked again for it, one that is not available
// is not picked at all. It refuses to open connections, and to judge who is available.

import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import type { UpstreamConfig } from '#config/schema';
import { parseAddress } from '#config/value';
import type { Asker, Balancer, Candidate } from './balance.ts';
import { makeBalancer, needsMeasures } from './balancer.ts';
import type { Surroundings } from './connection.ts';
import { Meter } from './meter.ts';
import { Pool } from './pool.ts';

export class Target implements Candidate {
  readonly name: string; // its address, as configured
  readonly weight: number;
  readonly pool: Pool;
  readonly zone: string | undefined;
  readonly meter = new Meter();
  isAvailable = true;
  weightFactor = 1; // of its weight; less while it starts slowly
  active = 0; // exchanges
  balance = 0; // of the smooth round robin
  queuedTokens = 0; // estimated, of the exchanges there
  attempts = 0;
  failures = 0;

  constructor(name: string, weight: number, pool: Pool, zone?: string) {
    this.name = name;
    this.weight = weight;
    this.pool = pool;
    this.zone = zone;
  }
}

/** Where the targets are picked from. */
export interface Place {
  readonly zone: string | undefined;
  readonly worker: number; // from 1
}

export class Upstream {
  readonly name: string;
  readonly config: UpstreamConfig;
  readonly targets: readonly Target[];
  /** For how long measures of its targets count; 0: nobody asks for them. */
  readonly measuredMs: number;
  readonly #balancer: Balancer<Target>;

  constructor(config: UpstreamConfig, around: Surroundings, place: Place, chance: () => number = Math.random) {
    this.name = config.name;
    this.config = config;
    const { maxIdle: idleMax, idleTimeoutMs: idleMs } = config.connectionPool;
    this.targets = config.target.map(({ address, weight, zone }) => {
      const parsed = parseAddress(address);
      assert(parsed !== undefined, 'the configuration has been checked');
      return new Target(address, weight, new Pool(parsed, { idleMax, idleMs }, around), zone);
    });
    this.measuredMs = needsMeasures(config) ? config.measuring.decayMs : 0;
    this.#balancer = makeBalancer(config.loadBalancing, this.targets, config, {
      ...place,
      chance,
      nowMs: () => around.timers.nowMs,
      wallMs: () => Date.now(),
      host: hostname(),
    });
  }

  /** `undefined` when every target that is available has been tried. */
  pick(asker: Asker): Target | undefined {
    return this.#balancer.pick(asker);
  }
}
