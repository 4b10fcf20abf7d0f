// How many requests may be tried again: a share of those of the last seconds, and a small floor, so that a quiet site may
// retry at all while a dying upstream never gets more than the share on top of what clients ask. Counted per upstream,
// whichever route asks, in slices of a second that are overwritten when their time comes round. The time is an argument.

import { retryLimits } from '#config/limits';

export class RetryBudget {
  readonly #requests = new Float64Array(slices);
  readonly #retries = new Float64Array(slices);
  #slice = 0;

  onRequest(nowMs: number): void {
    const at = this.#turn(nowMs);
    this.#requests[at] = (this.#requests[at] as number) + 1;
  }

  /** Takes one retry out of the budget, if there is one left. */
  take(nowMs: number, percent: number): boolean {
    const at = this.#turn(nowMs);
    const most = retryLimits.budgetFloorRetries + (percent / 100) * sum(this.#requests);
    if (sum(this.#retries) + 1 > most) return false;
    this.#retries[at] = (this.#retries[at] as number) + 1;
    return true;
  }

  /** The slice of this moment, with all that are too old emptied. */
  #turn(nowMs: number): number {
    const slice = Math.floor(nowMs / sliceMs);
    for (let at = Math.max(this.#slice + 1, slice - slices + 1); at <= slice; at += 1) {
      this.#requests[at % slices] = 0;
      this.#retries[at % slices] = 0;
    }
    this.#slice = Math.max(this.#slice, slice);
    return this.#slice % slices;
  }
}

const slices = 10;
const sliceMs = retryLimits.budgetWindowMs / slices;

function sum(counts: Float64Array): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
