// What became of a value, remembered over transactions, because values come again: headers, names of arguments and
// cookies. Which rules match depends on the value alone, so nothing has to be taken back while the set of rules lives. All
// classes of values share one memory of a fixed size. It refuses long values.

import { wafPlanLimits } from '#config/limits-waf-plan';
import { Memory, type Remembered } from './memory.ts';

/** Of a value: the links of rules that match, by their units, and how much work it is to find them (run/work.ts). */
export interface Matching extends Remembered {
  readonly units: readonly number[];
  readonly work: number;
}

export const newKnownValues = (): Memory<Matching> => new Memory(wafPlanLimits.knownValuesMax);

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
  recall(text: string): Matching | undefined {
    for (const one of this.#recent) if (one.text === text) return one;
    return undefined;
  }

  /** Found, but not among the last. */
  note(matching: Matching): void {
    this.#recent[this.#oldest] = matching;
    this.#oldest = (this.#oldest + 1) % recentMax;
  }
}
