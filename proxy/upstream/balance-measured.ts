// Balancing by what targets have shown of late. `peak-ewma` looks at how long replies took, with the memory of the worst;
// `adaptive` at how many went wrong too, and changes shares instead of choosing the best: nobody is left without requests
// by which it could show that it has recovered.

import { pickLimits } from '#config/limits';
import { type Asker, type Balancer, type Candidate, weightNow } from './balance.ts';
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
  readonly #grades: Float64Array;
  readonly #nowMs: () => number;
  #gradedMs = Number.NaN;

  constructor(candidates: readonly C[], chance: () => number, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#grades = new Float64Array(candidates.length);
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

  #fillShares(tried: readonly Candidate[]): number {
    if (!(this.#nowMs() - this.#gradedMs < pickLimits.gradesKeptMs)) this.#fillGrades();
    let sum = 0;
    for (let index = 0; index < this.#shares.length; index += 1) {
      const share = weightNow(this.#candidates[index] as C, tried) * (this.#grades[index] as number);
      this.#shares[index] = share;
      sum += share;
    }
    return sum;
  }

  /** Not for each pick: that would be two thirds of what it costs. */
  #fillGrades(): void {
    this.#gradedMs = this.#nowMs();
    const known = this.#candidates.filter(({ isAvailable, meter }) => isAvailable && meter.latencyMs > 0);
    const meanMs = known.reduce((sum, { meter }) => sum + meter.latencyMs, 0) / known.length;
    let best = 0;
    for (const [index, { meter, isAvailable }] of this.#candidates.entries()) {
      const grade = gradeOf(meter, meanMs);
      this.#grades[index] = grade;
      if (isAvailable) best = Math.max(best, grade);
    }
    for (const [index, grade] of this.#grades.entries())
      this.#grades[index] = best === 0 ? 1 : Math.max(grade, pickLimits.adaptiveShareLeast * best); // all fail: all the same
  }
}

function gradeOf({ latencyMs, success }: Meter, meanMs: number): number {
  if (latencyMs === 0) return 1;
  const { latencyRatioMost: most } = pickLimits;
  const speed = Math.min(most, Math.max(1 / most, meanMs / latencyMs));
  return success * success * speed;
}
