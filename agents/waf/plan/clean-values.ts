// Values that no rule of a class matches, remembered over transactions, because values come again: headers, names of
// arguments and cookies. A verdict depends on the value alone, so nothing has to be taken back while the set of rules
// lives. Bounded in bytes over all classes, in two generations: what was not met since the last but one change of
// generation is gone. It refuses long values, and to hold on to the body that a value was cut out of.

import { wafPlanLimits } from '#config/limits-waf-plan';

const entryBytes = 80; // of an entry beside its text

export interface CleanBudget {
  bytes: number;
  generation: number;
}

export const newBudget = (): CleanBudget => ({ bytes: 0, generation: 0 });

export class CleanValues {
  readonly #budget: CleanBudget;
  #young = new Set<string>();
  #old = new Set<string>();
  #generation: number;

  constructor(budget: CleanBudget) {
    this.#budget = budget;
    this.#generation = budget.generation;
  }

  has(value: string): boolean {
    if (value.length > wafPlanLimits.cleanValueBytesMax) return false;
    if (this.#generation !== this.#budget.generation) this.#age();
    if (this.#young.has(value)) return true;
    if (!this.#old.has(value)) return false;
    this.add(value);
    return true;
  }

  add(value: string): void {
    if (value.length > wafPlanLimits.cleanValueBytesMax) return;
    this.#young.add(copyOf(value));
    this.#budget.bytes += value.length + entryBytes;
    if (this.#budget.bytes <= wafPlanLimits.cleanBytesMax / 2) return;
    this.#budget.bytes = 0;
    this.#budget.generation += 1;
  }

  #age(): void {
    this.#old = this.#budget.generation === this.#generation + 1 ? this.#young : new Set();
    this.#young = new Set();
    this.#generation = this.#budget.generation;
  }
}

/** A piece of a string keeps the whole string alive, so it is copied. A short one is a copy already. */
const copyOf = (value: string): string => (value.length < 13 ? value : Buffer.from(value, 'latin1').toString('latin1'));
