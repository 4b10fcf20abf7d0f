// Balancing by what targets have shown of late. `peak-ewma` looks at how long replies took, with the memory of the worst;
// `adaptive` at how many went wrong too, and changes shares instead of choosing the best: nobody is left without requests
// by which it could show that it has recovered.

import { pickLimits } from '#config/limits';
import type { Asker, Balancer, Candidate } from './balance.ts';
import { firstOver, PowerOfTwo } from './balance-chance.ts';
import type { Meter } from './meter.ts';
import { Roster } from './roster.ts';
import { standingChanges } from './standing.ts';

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
  readonly #roster: Roster<C>;
  readonly #chance: () => number;
  readonly #sums: Float64Array; // of the shares so far
  readonly #grades: Float64Array;
  readonly #nowMs: () => number;
  #gradedMs = Number.NaN;
  #changes = Number.NaN; // as of when the sums are; NaN: to be made anew
  #last = -1; // the place of the last that has a share

  constructor(candidates: readonly C[], chance: () => number, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#grades = new Float64Array(candidates.length);
    this.#roster = new Roster(candidates);
    this.#chance = chance;
    this.#sums = new Float64Array(candidates.length);
  }

  pick({ triedTargets }: Asker): C | undefined {
    if (!(this.#nowMs() - this.#gradedMs < pickLimits.gradesKeptMs)) this.#fillGrades();
    if (this.#changes !== standingChanges() || triedTargets.length > 0) this.#fillSums(triedTargets);
    if (this.#last === -1) return undefined;
    const point = this.#chance() * (this.#sums[this.#last] as number);
    return this.#roster.candidates[Math.min(firstOver(this.#sums, point), this.#last)];
  }

  #fillSums(tried: readonly Candidate[]): void {
    const weights = this.#roster.weights(tried);
    let sum = 0;
    this.#last = -1;
    for (let place = 0; place < weights.length; place += 1) {
      const share = (weights[place] as number) * (this.#grades[place] as number);
      sum += share;
      this.#sums[place] = sum;
      if (share > 0) this.#last = place;
    }
    this.#changes = tried.length > 0 ? Number.NaN : standingChanges(); // what one has tried, the next may take
  }

  /** Not for each pick: among 100 targets that would be nearly all of what it costs. */
  #fillGrades(): void {
    this.#gradedMs = this.#nowMs();
    this.#changes = Number.NaN;
    const { candidates } = this.#roster;
    const known = candidates.filter(({ isAvailable, meter }) => isAvailable && meter.latencyMs > 0);
    const meanMs = known.reduce((sum, { meter }) => sum + meter.latencyMs, 0) / known.length;
    let best = 0;
    for (const [index, { meter, isAvailable }] of candidates.entries()) {
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
