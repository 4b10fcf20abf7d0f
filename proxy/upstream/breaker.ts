// The circuit breaker of one target: closed until so many failures follow each other, then open, so that requests are
// refused at once instead of waiting for the same failure; after a time half-open, for a few trials, whose outcome opens
// or closes it. Pure: the time is an argument, and nothing happens by itself.
//
//   closed --failures in a row--> open --time--> half-open --successes in a row--> closed
//                                   ^---------- one failure ------'
//
// It refuses to say what a failure is.

import { z } from 'zod';

export interface BreakerRules {
  readonly failureThreshold: number;
  readonly successThreshold: number;
  readonly recoveryTimeoutMs: number;
  readonly halfOpenMax: number;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** What another process can go on with. */
export const breakerMemory = z.object({
  state: z.enum(['closed', 'open', 'half-open']),
  leftMs: z.number().min(0), // open for so long
  inRow: z.number().min(0),
  brokenInRow: z.number().min(0),
});

export type BreakerMemory = z.output<typeof breakerMemory>;

export class Breaker {
  state: BreakerState = 'closed';
  untilMs = -Infinity; // open until then
  trials = 0; // under way, while half-open
  #inRow = 0; // failures while closed, successes while half-open
  #brokenInRow = 0; // replies that began well and did not end

  /** May a request go there? While half-open only as many as there are places for trials. */
  allows(rules: BreakerRules): boolean {
    return this.state === 'closed' || (this.state === 'half-open' && this.trials < rules.halfOpenMax);
  }

  /** A request goes there; true if it is a trial, whose end must be told: an outcome or `abandon`. */
  begin(): boolean {
    if (this.state !== 'half-open') return false;
    this.trials += 1;
    return true;
  }

  /** A trial ended without saying anything about the target. */
  abandon(): void {
    if (this.trials > 0) this.trials -= 1;
  }

  succeed(isTrial: boolean, rules: BreakerRules): void {
    if (this.state === 'closed') this.#inRow = 0;
    if (!isTrial || this.state !== 'half-open') return;
    this.abandon();
    this.#inRow += 1;
    if (this.#inRow >= rules.successThreshold) this.#become('closed');
  }

  /** What was sent before it opened says nothing new, so only trials count while it is half-open. */
  fail(isTrial: boolean, nowMs: number, rules: BreakerRules): void {
    if (this.state === 'closed') {
      this.#inRow += 1;
      if (this.#inRow >= rules.failureThreshold) this.#open(nowMs, rules);
    } else if (isTrial && this.state === 'half-open') this.#open(nowMs, rules);
  }

  /** A reply that had begun was not finished. Its head was counted as a success, so these have a row of their own. */
  breakOff(nowMs: number, rules: BreakerRules): void {
    if (this.state !== 'closed') return;
    this.#brokenInRow += 1;
    if (this.#brokenInRow >= rules.failureThreshold) this.#open(nowMs, rules);
  }

  /** A reply came to its end. */
  finish(): void {
    this.#brokenInRow = 0;
  }

  /** Time has passed. */
  turn(nowMs: number): void {
    if (this.state === 'open' && nowMs >= this.untilMs) this.#become('half-open');
  }

  remembered(nowMs: number): BreakerMemory {
    const leftMs = this.state === 'open' ? Math.max(0, this.untilMs - nowMs) : 0;
    return { state: this.state, leftMs, inRow: this.#inRow, brokenInRow: this.#brokenInRow };
  }

  /** Trials that are under way elsewhere end there. */
  goOnFrom({ state, leftMs, inRow, brokenInRow }: BreakerMemory, nowMs: number): void {
    this.#become(state);
    this.untilMs = nowMs + leftMs;
    this.#inRow = inRow;
    this.#brokenInRow = brokenInRow;
  }

  #open(nowMs: number, rules: BreakerRules): void {
    this.#become('open');
    this.untilMs = nowMs + rules.recoveryTimeoutMs;
  }

  #become(state: BreakerState): void {
    this.state = state;
    this.trials = 0;
    this.#inRow = 0;
    this.#brokenInRow = 0;
  }
}
