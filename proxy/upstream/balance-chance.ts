// Balancing by chance, each with as much of it as its weight. Chance needs no memory, so workers that know nothing of each
// other do not all begin with the first target.

import { pickLimits } from '#config/limits';
import { type Asker, type Balancer, type Candidate, mayTake } from './balance.ts';

export class Random<C extends Candidate> implements Balancer<C> {
  readonly #lots: Lots<C>;

  constructor(candidates: readonly C[], chance: () => number) {
    this.#lots = new Lots(candidates, chance);
  }

  pick({ triedTargets }: Asker): C | undefined {
    return this.#lots.draw(triedTargets, undefined);
  }
}

/** Two by chance, and of them the one with less to do for its weight: nearly as good as asking all, for the price of two. */
export class PowerOfTwo<C extends Candidate> implements Balancer<C> {
  readonly #lots: Lots<C>;
  readonly #costOf: (candidate: Candidate) => number;

  constructor(candidates: readonly C[], chance: () => number, costOf: (candidate: Candidate) => number) {
    this.#lots = new Lots(candidates, chance);
    this.#costOf = costOf;
  }

  pick({ triedTargets }: Asker): C | undefined {
    const one = this.#lots.draw(triedTargets, undefined);
    if (one === undefined) return undefined;
    const other = this.#lots.draw(triedTargets, one);
    return other !== undefined && this.#costOf(other) < this.#costOf(one) ? other : one;
  }
}

export const inFlightForWeight = (candidate: Candidate): number =>
  candidate.active / (candidate.weight * candidate.weightFactor);

/** Draws by weight: a few times blindly, which nearly always does, then among those that may. */
class Lots<C extends Candidate> {
  readonly #candidates: readonly C[];
  readonly #chance: () => number;
  readonly #ends: Float64Array; // sums of the weights so far
  readonly #sum: number;

  constructor(candidates: readonly C[], chance: () => number) {
    this.#candidates = candidates;
    this.#chance = chance;
    this.#ends = new Float64Array(candidates.length);
    let sum = 0;
    for (const [index, { weight }] of candidates.entries()) {
      sum += weight;
      this.#ends[index] = sum;
    }
    this.#sum = sum;
  }

  draw(tried: readonly Candidate[], except: Candidate | undefined): C | undefined {
    for (let probe = 0; probe < pickLimits.probesMax; probe += 1) {
      const found = this.#candidates[firstOver(this.#ends, this.#chance() * this.#sum)];
      if (found === undefined || found === except || !mayTake(found, tried)) continue;
      if (found.weightFactor === 1 || this.#chance() < found.weightFactor) return found;
    }
    return this.#drawAmongAll(tried, except);
  }

  #drawAmongAll(tried: readonly Candidate[], except: Candidate | undefined): C | undefined {
    let sum = 0;
    for (const one of this.#candidates) if (one !== except && mayTake(one, tried)) sum += one.weightNow;
    let left = this.#chance() * sum;
    let last: C | undefined;
    for (const one of this.#candidates) {
      if (one === except || !mayTake(one, tried)) continue;
      last = one;
      left -= one.weightNow;
      if (left < 0) break;
    }
    return last;
  }
}

/** The place of the first sum that is over the point. */
export function firstOver(sums: Float64Array, point: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] as number) > point) high = middle;
    else low = middle + 1;
  }
  return low;
}
