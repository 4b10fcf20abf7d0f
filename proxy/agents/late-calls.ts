// Calls whose answers nobody waits for and that may still come: those given up, and those that were only told. An answer
// to one of them is dropped; one to a call that never was is not. The shaping decision: what is told has a table of its
// own, by the low bits of the call's number. It is one more with each exchange, and would push out within half a second
// what was given up, whose answer then would end the connection; in a set that forgets its oldest each looks for that one
// over the holes of all before (2 us). It refuses to hold more than its bounds: what is older is forgotten.

import { askingLimits } from '#config/limits';

export class LateCalls {
  readonly #told = new Uint32Array(askingLimits.lateMax); // 0: no number of a call
  #givenUp = new Set<number | string>();
  #before = new Set<number | string>(); // the older half

  /** By its number, or by its exchange where the encoding has no numbers. */
  giveUp(key: number | string): void {
    this.#givenUp.add(key);
    if (this.#givenUp.size <= askingLimits.lateMax / 2) return;
    this.#before = this.#givenUp;
    this.#givenUp = new Set();
  }

  tell(key: number | string): void {
    if (typeof key === 'string') this.giveUp(key);
    else this.#told[key % askingLimits.lateMax] = key;
  }

  has(key: number | string): boolean {
    return this.#givenUp.has(key) || this.#before.has(key) || this.#isTold(key);
  }

  /** Its answer is there; whether it was one of these. */
  take(key: number | string): boolean {
    if (this.#givenUp.delete(key) || this.#before.delete(key)) return true;
    if (!this.#isTold(key)) return false;
    this.#told[Number(key) % askingLimits.lateMax] = 0;
    return true;
  }

  #isTold(key: number | string): boolean {
    return typeof key === 'number' && key > 0 && this.#told[key % askingLimits.lateMax] === key;
  }
}
