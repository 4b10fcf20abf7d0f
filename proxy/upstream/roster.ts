// The targets that one algorithm picks from, in an order, with what it asks of all of them at each pick: their weights and
// their balances of the smooth round robin. The shaping decision: these lie side by side in plain arrays of fractions
// (`grain`), a third as dear as a look into each target (DECISIONS.md 67). Weights are taken anew when a standing has changed. It refuses to keep what changes with each request,
// exchanges and tokens: they stay with the target.

import type { Candidate } from './balance.ts';
import { standingChanges } from './standing.ts';

/** What a candidate's load is: its exchanges with so many more, or its tokens. A number, since a call for each costs as much as all else. */
export type Load = number | 'tokens';

/**
 * Weights are kept in this unit. Numbers that happen to be whole make V8 14.6 believe in integers and check each
 * number for being one: 6 ns in place of 2. A power of two, so every comparison and every sum is exactly what it was.
 */
export const grain = 2 ** -20;

export class Roster<C extends Candidate> {
  readonly candidates: readonly C[];
  readonly #weights: number[]; // as they count now, in grains
  readonly #balances: number[];
  readonly #equals: Int32Array; // places of those with the least load
  #changes = Number.NaN; // as of when the weights are; NaN: to be taken anew

  constructor(candidates: readonly C[]) {
    this.candidates = candidates;
    this.#weights = numbersOf(candidates.length);
    this.#balances = numbersOf(candidates.length);
    this.#equals = new Int32Array(candidates.length);
  }

  /** What each counts now in grains, by its place; 0: it may not be picked by who has tried these. Holds until the next question. */
  weights(tried: readonly Candidate[]): readonly number[] {
    if (this.#changes !== standingChanges() || tried.length > 0) this.#fill(tried);
    return this.#weights;
  }

  #fill(tried: readonly Candidate[]): void {
    for (const [place, candidate] of this.candidates.entries())
      this.#weights[place] = tried.length > 0 && tried.includes(candidate) ? 0 : candidate.weightNow * grain;
    this.#changes = tried.length > 0 ? Number.NaN : standingChanges(); // what one has tried, the next may take
  }

  /**
   * The next in turn among those that may, and have fewer than so many in flight for their weight. Each turn everybody gains
   * its weight and the richest pays the sum: weights 5, 1, 1 give a a b a c a a, never a a a a a b c.
   */
  nextInTurn(tried: readonly Candidate[], inFlightMax = Infinity): C | undefined {
    const weights = this.weights(tried);
    const balances = this.#balances;
    let best = -1;
    let most = -Infinity;
    let sum = 0;
    for (let place = 0; place < weights.length; place += 1) {
      const weight = weights[place] as number;
      if (weight === 0) continue;
      if (inFlightMax !== Infinity && (this.candidates[place] as C).active * grain >= inFlightMax * weight) continue;
      sum += weight;
      const balance = (balances[place] as number) + weight;
      balances[place] = balance;
      if (balance <= most) continue;
      best = place;
      most = balance;
    }
    return this.#pay(best, sum);
  }

  /** The first `size` that may be picked, and of them the next in turn. */
  nextOfFirst(size: number, tried: readonly Candidate[]): C | undefined {
    const weights = this.weights(tried);
    let count = 0;
    for (let place = 0; place < weights.length && count < size; place += 1) {
      if (weights[place] === 0) continue;
      this.#equals[count] = place;
      count += 1;
    }
    return this.#nextOfEquals(count);
  }

  /** The one with the least load for its weight; among equals the next in turn, or the first would get all of a quiet day. */
  leastLoaded(tried: readonly Candidate[], kind: Load): C | undefined {
    const weights = this.weights(tried);
    const equals = this.#equals;
    let least = Infinity;
    let count = 0;
    for (let place = 0; place < weights.length; place += 1) {
      const weight = weights[place] as number;
      if (weight === 0) continue;
      const candidate = this.candidates[place] as C;
      const forWeight = (kind === 'tokens' ? candidate.queuedTokens : candidate.active + kind) / weight;
      if (forWeight > least) continue;
      if (forWeight < least) count = 0;
      least = forWeight;
      equals[count] = place;
      count += 1;
    }
    return this.#nextOfEquals(count);
  }

  #nextOfEquals(count: number): C | undefined {
    const balances = this.#balances;
    let best = -1;
    let most = -Infinity;
    let sum = 0;
    for (let index = 0; index < count; index += 1) {
      const place = this.#equals[index] as number;
      const weight = this.#weights[place] as number;
      sum += weight;
      const balance = (balances[place] as number) + weight;
      balances[place] = balance;
      if (balance <= most) continue;
      best = place;
      most = balance;
    }
    return this.#pay(best, sum);
  }

  #pay(place: number, sum: number): C | undefined {
    if (place === -1) return undefined;
    this.#balances[place] = (this.#balances[place] as number) - sum;
    return this.candidates[place];
  }
}

/** An array that V8 keeps as fractions from the first number on, without a tag for each. */
export function numbersOf(length: number, at: (place: number) => number = () => 0): number[] {
  const numbers = Array.from({ length }, () => 0.5);
  for (let place = 0; place < length; place += 1) numbers[place] = at(place);
  return numbers;
}
