// What comes from a target after its connection was paused. The system stops at once, but inside TLS all that has been
// decrypted is handed over in one go, whatever is said meanwhile (up to one read of the socket, 64 KB). It is copied and
// given back in order when the connection goes on, and the end of the connection waits behind it. The shaping decision:
// it is given back in a turn of its own, because whoever resumes is in the middle of its own affairs.

export class LateBytes {
  readonly #take: (bytes: Buffer) => void;
  #pieces: Buffer[] = [];
  #isPaused = false;
  #isGivingBack = false;
  #ends: (() => void)[] = [];

  constructor(take: (bytes: Buffer) => void) {
    this.#take = take;
  }

  /** What comes must be kept. */
  get isHolding(): boolean {
    return this.#isPaused || this.#pieces.length > 0;
  }

  pause(): void {
    this.#isPaused = true;
  }

  keep(bytes: Buffer): void {
    this.#pieces.push(Buffer.from(bytes));
  }

  /** The connection has ended, in one of its ways; told in its turn. */
  end(tell: () => void): void {
    if (this.#pieces.length === 0) tell();
    else this.#ends.push(tell);
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#pieces.length === 0 || this.#isGivingBack) return;
    this.#isGivingBack = true;
    process.nextTick(() => this.#giveBack());
  }

  clear(): void {
    this.#pieces = [];
    this.#ends = [];
  }

  /** Until somebody pauses it again. */
  #giveBack(): void {
    this.#isGivingBack = false;
    while (!this.#isPaused) {
      const piece = this.#pieces.shift();
      if (piece === undefined) break;
      this.#take(piece);
    }
    if (this.#pieces.length === 0) for (const tell of this.#ends.splice(0)) tell();
  }
}
