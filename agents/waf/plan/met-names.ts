// What is known of names of headers, cookies and arguments, by the name as it came. They are few and come with every request.
// Read whole by a `Map`: rows found by a few letters were no faster, and `items.21.name` and `items.22.name` of JSON shared
// one. Past a bound it is begun anew.

import { wafPlanLimits } from '#config/limits-waf-plan';

export class MetNames<One> {
  readonly #met = new Map<string, One>();

  get(name: string): One | undefined {
    return this.#met.get(name);
  }

  /** `name`: a copy (`copyOf`), as what is known of it is made of it too. */
  keep(name: string, one: One): One {
    if (name.length > wafPlanLimits.knownValueBytesMax) return one;
    if (this.#met.size >= wafPlanLimits.namesKnownMax) this.#met.clear();
    this.#met.set(name, one);
    return one;
  }
}
