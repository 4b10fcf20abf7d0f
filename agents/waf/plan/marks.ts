// Which links of rules match something of a transaction, and which values: the evaluator runs those rules alone, on those
// values alone. Most transactions mark nothing.

import { wafPlanLimits } from '#config/limits-waf-plan';

export class Marks {
  asked = -1; // the unit that is asked, for what goes wrong
  readonly #values = new Map<number, string[]>();

  get count(): number {
    return this.#values.size;
  }

  get units(): IterableIterator<number> {
    return this.#values.keys();
  }

  /** The value matches, or was not asked because another one does. */
  add(unit: number, value: string): void {
    const values = this.#values.get(unit);
    if (values === undefined) this.#values.set(unit, [value]);
    else if (values.length <= wafPlanLimits.markedValuesMax && values.at(-1) !== value) values.push(value);
  }

  has(unit: number): boolean {
    return this.#values.size > 0 && this.#values.has(unit);
  }

  /** Those that may match; undefined: all. */
  valuesOf(unit: number): readonly string[] | undefined {
    const values = this.#values.get(unit);
    return values === undefined || values.length > wafPlanLimits.markedValuesMax ? undefined : values;
  }
}
