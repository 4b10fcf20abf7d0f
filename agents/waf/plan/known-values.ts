// What became of a value, remembered over transactions, because values come again: headers, names of arguments and
// cookies. Which rules match depends on the value alone, so nothing has to be taken back while the set of rules lives.
// Bounded in bytes over all classes, in two generations: what was not met since the last but one change of
// generation is gone. It refuses long values, and to hold on to the body that a value was cut out of.

import { wafPlanLimits } from '#config/limits-waf-plan';

const entryBytes = 150; // of an entry beside its text

export interface MemoryBudget {
  bytes: number;
  generation: number;
}

export const newBudget = (): MemoryBudget => ({ bytes: 0, generation: 0 });

/** Of a value, a copy of which it keeps: the links of rules that match, by their units, and how much work it is to find them (run/work.ts). */
export interface Matching {
  readonly value: string;
  readonly units: readonly number[];
  readonly work: number;
}

export class KnownValues {
  readonly #budget: MemoryBudget;
  #young = new Map<string, Matching>();
  #old = new Map<string, Matching>();
  #generation: number;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
    this.#generation = budget.generation;
  }

  get(value: string): Matching | undefined {
    if (this.#generation !== this.#budget.generation) this.#age();
    const known = this.#young.get(value);
    if (known !== undefined) return known;
    const before = this.#old.get(value);
    if (before !== undefined) this.set(before);
    return before;
  }

  set(matching: Matching): void {
    this.#young.set(matching.value, matching);
    this.#budget.bytes += matching.value.length + entryBytes;
    if (this.#budget.bytes <= wafPlanLimits.knownBytesMax / 2) return;
    this.#budget.bytes = 0;
    this.#budget.generation += 1;
  }

  #age(): void {
    this.#old = this.#budget.generation === this.#generation + 1 ? this.#young : new Map();
    this.#young = new Map();
    this.#generation = this.#budget.generation;
  }
}

const asksPerLook = 64;
const rest = 1024;
const recentMax = 4;

/**
 * Of one place: whether values come again there, such as those of `Accept`, or never, such as ids. Where fewer than one of
 * eight did, none is looked for or remembered for a while: to remember a value costs more than to judge a short one. The few
 * that came last are known without a search: most headers have one value for days.
 */
export class Habit {
  #asked = 0;
  #known = 0;
  #resting = 0;
  readonly #recent: Matching[] = [];
  #oldest = 0;

  /** Asked before each look; then `tell` says how it went. */
  get isWorthIt(): boolean {
    if (this.#resting === 0) return true;
    this.#resting -= 1;
    return false;
  }

  tell(isKnown: boolean): void {
    if (isKnown) this.#known += 1;
    if (++this.#asked < asksPerLook) return;
    if (this.#known * 8 < asksPerLook) this.#resting = rest;
    this.#asked = 0;
    this.#known = 0;
  }

  /** One of the last. */
  recall(value: string): Matching | undefined {
    for (const one of this.#recent) if (one.value === value) return one;
    return undefined;
  }

  /** Found, but not among the last. */
  note(matching: Matching): void {
    this.#recent[this.#oldest] = matching;
    this.#oldest = (this.#oldest + 1) % recentMax;
  }
}
