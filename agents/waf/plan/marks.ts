// The rules of a phase that some value matches, each once, by their steps.

export class Marks {
  count = 0;
  asked = -1; // the step of the rule that is asked, for what goes wrong
  readonly #bits: Uint8Array;

  constructor(stepCount: number) {
    this.#bits = new Uint8Array(stepCount);
  }

  add(step: number): void {
    if (this.#bits[step] === 1) return;
    this.#bits[step] = 1;
    this.count += 1;
  }

  has(step: number): boolean {
    return this.#bits[step] === 1;
  }
}
