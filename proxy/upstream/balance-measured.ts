// Balancing by what targets have shown of late. `peak-ewma` looks at how long replies took, with the memory of the worst;
// `adaptive` at how many went wrong too, and changes shares instead of choosing the best: nobody is left without requests
// by which it could show that it has recovered.

import { pickLimits } from '#config/limits';
import { type Asker, type Balancer, type Candidate, mayTake } from './balance.ts';
import { PowerOfTwo } from './balance-chance.ts';
import type { Meter } from './meter.ts';

/** Of two by chance the one with the lower latency times what it has to do: as in Finagle, whose name for it this is. */
export class PeakEwma<C extends Candidate> implements Balancer<C> {
  readonly #two: PowerOfTwo<C>;

  constructor(candidates: readonly C[], chance: () => number, nowMs: () => number, decayMs: number) {
    this.#two = new PowerOfTwo(candidates, chance, (one) => costOf(one, nowMs(), decayMs));
  }

  pick(asker: Asker): C | undefined {
    return this.#two.pick(asker);
  }
}

/** Nothing known: worth a try, and then no second one until the first has been answered. */
function costOf({ meter, active, weight, weightFactor }: Candidate, nowMs: number, decayMs: number): number {
  const peakMs = meter.peakMs(nowMs, decayMs);
  if (peakMs === 0 && active > 0) return (pickLimits.failureLatencyMs * active) / weight;
  return (peakMs * (active + 1)) / (weight * weightFactor);
}

/**
 * Shares of weight × success² × (mean latency / its latency): a target that fails half of its requests gets a quarter of
 * its share, one that is twice as slow as the mean half of it.
 */
export class Adaptive<C extends Candidate> implements Balancer<C> {
  readonly #candidates: readonly C[];
  readonly #chance: () => number;
  readonly #shares: Float64Array;
  #meanMs = 0;

  constructor(candidates: readonly C[], chance: () => number) {
    this.#candidates = candidates;
    this.#chance = chance;
    this.#shares = new Float64Array(candidates.length);
  }

  pick({ triedTargets }: Asker): C | undefined {
    const sum = this.#fillShares(triedTargets);
    let left = this.#chance() * sum;
    let last: C | undefined;
    for (let index = 0; index < this.#shares.length; index += 1) {
      const share = this.#shares[index] as number;
      if (share === 0) continue;
      last = this.#candidates[index];
      left -= share;
      if (left < 0) break;
    }
    return last;
  }

  /** By the mean of the pick before: one look at each is what a pick may cost. */
  #fillShares(tried: readonly Candidate[]): number {
    const meanMs = this.#meanMs;
    let [sum, latencies, measured] = [0, 0, 0];
    for (let index = 0; index < this.#shares.length; index += 1) {
      const candidate = this.#candidates[index] as C;
      let share = 0;
      if (mayTake(candidate, tried)) {
        share = candidate.weight * candidate.weightFactor * gradeOf(candidate.meter, meanMs);
        latencies += candidate.meter.latencyMs;
        if (candidate.meter.latencyMs > 0) measured += 1;
      }
      this.#shares[index] = share;
      sum += share;
    }
    this.#meanMs = measured === 0 ? 0 : latencies / measured;
    return sum;
  }
}

function gradeOf({ latencyMs, success }: Meter, meanMs: number): number {
  if (latencyMs === 0 || meanMs === 0) return 1;
  const { latencyRatioMost: most, adaptiveShareLeast: least } = pickLimits;
  const ratio = meanMs / latencyMs;
  const speed = ratio > most ? most : ratio < 1 / most ? 1 / most : ratio;
  const grade = success * success * speed;
  return grade > least ? grade : least;
}
