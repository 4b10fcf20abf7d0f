// What a route may try again: causes, methods, how often, after what delay. Compiled once from the configuration; pure,
// chance is an argument. It refuses to send anything.

import { retryLimits } from '#config/limits';
import type { RouteConfig } from '#config/schema';

export type RetryCause = 'connect-failure' | 'reset' | 'timeout' | `${number}`;

type RetryConfig = NonNullable<RouteConfig['retryPolicy']>;

export class RetryPolicy {
  readonly retriesMax: number;
  readonly perTryMs: number;
  readonly budgetPercent: number;
  readonly #causes: ReadonlySet<string>;
  readonly #methods: ReadonlySet<string>;
  readonly #backoffMs: number;

  constructor(config: RetryConfig) {
    this.retriesMax = config.maxAttempts - 1;
    this.perTryMs = config.perTryTimeoutMs ?? Infinity;
    this.budgetPercent = config.budgetPercent;
    this.#causes = new Set(config.on.length === 0 ? usualCauses : config.on);
    this.#methods = config.methods.length === 0 ? idempotentMethods : new Set(config.methods);
    this.#backoffMs = config.backoffMs;
  }

  covers(cause: RetryCause): boolean {
    return this.#causes.has(cause);
  }

  coversStatus(status: number): boolean {
    return status >= 400 && this.#causes.has(String(status));
  }

  /** After anything of the request was sent. */
  coversMethod(method: string): boolean {
    return this.#methods.has(method);
  }

  /** Before the n-th retry, from 1: doubled each time up to a bound; chance takes off up to half, or all would come back at once. */
  delayMs(retry: number, chance: number): number {
    return Math.min(this.#backoffMs * 2 ** (retry - 1), retryLimits.backoffMsMax) * (1 - chance / 2);
  }
}

/** A timeout is not among them: a target that is slow is helped least by being asked twice. */
const usualCauses: readonly RetryCause[] = ['connect-failure', 'reset', '502', '503', '504'];

/** RFC 9110 section 9.2.2. */
export const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);
