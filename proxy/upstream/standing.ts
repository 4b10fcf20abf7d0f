// Whether and for how much a target counts when one is picked: its weight of the configuration, times what health leaves of
// it. The shaping decision: that product is kept when it changes, not worked out for each pick, and changes are counted,
// so that who keeps a copy of many (roster.ts) asks one number whether the copy still holds. Changes are rare, picks are
// not. The counter is one for the process: a change elsewhere makes a copy be taken again for nothing, which costs less
// than a list of who must be told. It refuses to decide who is available: health-watch.ts does.

let changes = 0;

/** Grows whenever any standing changes. */
export const standingChanges = (): number => changes;

export class Standing {
  readonly weight: number; // 0: nothing new
  /** Its weight as it counts now; 0: it may not be picked. */
  weightNow: number;
  #isAvailable = true;
  #weightFactor = 1;

  constructor(weight: number) {
    this.weight = weight;
    this.weightNow = weight;
  }

  get isAvailable(): boolean {
    return this.#isAvailable;
  }

  set isAvailable(isAvailable: boolean) {
    this.#isAvailable = isAvailable;
    this.#keep();
  }

  /** 0 to 1, of its weight: less while it starts slowly. */
  get weightFactor(): number {
    return this.#weightFactor;
  }

  set weightFactor(factor: number) {
    this.#weightFactor = factor;
    this.#keep();
  }

  #keep(): void {
    const weightNow = this.#isAvailable ? this.weight * this.#weightFactor : 0;
    if (weightNow === this.weightNow) return;
    this.weightNow = weightNow;
    changes += 1;
  }
}
