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

/** Of a value: the links of rules that match, by their units, and how much work it is to find them (run/work.ts). */
export interface Matching {
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
    if (before !== undefined) this.set(value, before);
    return before;
  }

  set(value: string, matching: Matching): void {
    this.#young.set(copyOf(value), matching);
    this.#budget.bytes += value.length + entryBytes;
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

/** A piece of a string keeps the whole string alive, so it is copied. A short one is a copy already. */
const copyOf = (value: string): string => (value.length < 13 ? value : Buffer.from(value, 'latin1').toString('latin1'));

/** What is known of each name that was met, made when it is first met. Past a bound it is begun anew. */
export class MetNames<One> {
  readonly #met = new Map<string, One>();

  get(name: string): One | undefined {
    return this.#met.get(name);
  }

  keep(name: string, one: One): One {
    if (name.length > wafPlanLimits.knownValueBytesMax) return one;
    if (this.#met.size >= wafPlanLimits.namesKnownMax) this.#met.clear();
    this.#met.set(copyOf(name), one);
    return one;
  }
}

const asksPerLook = 64;
const rest = 1024;

/**
 * Whether values of one place come again, such as those of `Accept`, or never, such as ids. Where fewer than one of eight
 * did, none is looked for or remembered for a while: to remember a value costs more than to judge a short one.
 */
export class Habit {
  #asked = 0;
  #known = 0;
  #resting = 0;

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
}
