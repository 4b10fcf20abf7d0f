// How many lines a second are written where strangers choose how many there would be: so many, then none, and in the next
// second how many were left out. It refuses to write.

export class LineLimit {
  readonly #perSecond: number;
  readonly #clock: () => number;
  #second = 0;
  #asked = 0;

  constructor(perSecond: number, clock: () => number) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /** Whether one more line is written; `tellLeftOut` is called first if some were not in a second before. */
  may(tellLeftOut: (lines: number) => void): boolean {
    const second = Math.floor(this.#clock() / 1000);
    if (second !== this.#second) {
      if (this.#asked > this.#perSecond) tellLeftOut(this.#asked - this.#perSecond);
      this.#second = second;
      this.#asked = 0;
    }
    this.#asked += 1;
    return this.#asked <= this.#perSecond;
  }
}
