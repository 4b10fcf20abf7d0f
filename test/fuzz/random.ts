// Chance that can be repeated: the same seed gives the same numbers on every machine (mulberry32, 32 bits of state, which
// is enough to choose test cases and nothing else).

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, but not, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  isOnce(inHowMany: number): boolean {
    return this.below(inHowMany) === 0;
  }

  pick<T>(list: readonly T[]): T {
    const one = list[this.below(list.length)];
    if (one === undefined) throw new RangeError('nothing to pick from');
    return one;
  }

  /** Lengths of pieces to cut a message of this length into: whole, byte by byte, or anyhow. */
  pieces(length: number): number[] {
    const kind = this.below(4);
    if (kind === 0) return [];
    if (kind === 1 && length < 400) return new Array<number>(length).fill(1);
    return Array.from({ length: 1 + this.below(12) }, () => 1 + this.below(kind === 2 ? 8 : 60));
  }
}
