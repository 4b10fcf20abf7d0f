// Upstreams and their targets, and the question which target is next: asked of the algorithm of the configuration
// (balancer.ts). A target that this exchange has found out of reach is not picked again for it, one that is not available
// is not picked at all. It refuses to open connections, and to judge who is available.

import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import type { Constant } from '#config/lines/byte-writer';
import type { UpstreamConfig } from '#config/schema';
import { parseAddress } from '#config/value';
import { TargetMetrics } from '../metrics.ts';
import type { OriginTls } from '../tls/origin.ts';
import type { Asker, Balancer, Candidate } from './balance.ts';
import { type AlgorithmName, algorithmOf, makeBalancer, needsMeasures } from './balancer.ts';
import type { Surroundings } from './connection.ts';
import { Meter } from './meter.ts';
import { Pool } from './pool.ts';
import { RetryBudget } from './retry-budget.ts';
import { Standing } from './standing.ts';

/** Who wants to know how exchanges with a target went: health-watch.ts. */
export interface TargetWatch {
  /** A request goes there; true if it is a trial, which must be told to have ended. */
  begin(): boolean;
  onReply(status: number, durationMs: number, isTrial: boolean): void;
  onFailure(isConnect: boolean, isTrial: boolean): void;
  onAbandoned(): void;
  /** A reply came to its end. */
  onFinished(): void;
  /** A reply that had begun did not. */
  onBrokenOff(): void;
}

/** What an access line says of an exchange that came here by way of this route. */
export interface LastPlace {
  readonly route: object;
  readonly text: Constant;
}

export class Target extends Standing implements Candidate {
  readonly name: string; // its address, as configured
  readonly pool: Pool;
  readonly zone: string | undefined;
  readonly meter = new Meter();
  active = 0; // exchanges
  queuedTokens = 0; // estimated, of the exchanges there
  attempts = 0;
  isLastResort = false; // kept by health-watch.ts: available only because all are left out
  watch: TargetWatch | undefined = undefined;
  lastPlace: LastPlace | undefined = undefined; // kept for the access log
  readonly metrics = new TargetMetrics();

  constructor(name: string, weight: number, pool: Pool, zone?: string) {
    super(weight);
    this.name = name;
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
  readonly algorithm: AlgorithmName; // that picks where no cookie leads anywhere
  readonly retryBudget = new RetryBudget();
  readonly #balancer: Balancer<Target>;

  constructor(
    config: UpstreamConfig,
    around: Surroundings,
    place: Place,
    chance: () => number = Math.random,
    origin?: OriginTls,
  ) {
    this.name = config.name;
    this.config = config;
    const {
      maxIdle: idleMax,
      idleTimeoutMs: idleMs,
      maxConnections: openMax,
      maxLifetimeMs: lifetimeMs,
    } = config.connectionPool;
    this.targets = config.target.map(({ address, weight, zone }) => {
      const parsed = parseAddress(address);
      assert(parsed !== undefined, 'the configuration has been checked');
      const { timers, readBuffer, departures } = around;
      const tls = origin?.target(parsed.kind === 'tcp' ? parsed.host : '');
      const pool = new Pool(parsed, { idleMax, idleMs, openMax, lifetimeMs }, { timers, readBuffer, departures, tls });
      return new Target(address, weight, pool, zone);
    });
    this.algorithm = algorithmOf(config);
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
