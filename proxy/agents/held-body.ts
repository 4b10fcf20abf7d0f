// A body, or its beginning, held in one buffer while agents look at it. Bounded for each and for all of a worker; what the
// agents have seen is what is sent on, since nobody else writes to the buffer. It refuses to decide what happens to a body
// that does not fit: it says so.

import type { HeadWriter } from '../http1/write-head.ts';

/** What all of a worker hold together. */
export class InspectionMemory {
  readonly bytesMax: number;
  bytesHeld = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  take(bytes: number): boolean {
    if (this.bytesHeld + bytes > this.bytesMax) return false;
    this.bytesHeld += bytes;
    return true;
  }

  give(bytes: number): void {
    this.bytesHeld -= bytes;
  }
}

export class HeldBody {
  readonly isLost = false;
  readonly #memory: InspectionMemory;
  readonly #bytesMax: number;
  #buffer: Buffer = noBytes;
  #length = 0;
  #beyond: Buffer[] = []; // what had come with the end of the beginning, and is not shown
  #isDropped = false;
  /** Why it is only the beginning. */
  overflow: 'too-large' | 'no-memory' | undefined = undefined;
  beyondBytes = 0;

  constructor(memory: InspectionMemory, bytesMax: number) {
    this.#memory = memory;
    this.#bytesMax = bytesMax;
  }

  /** What agents see. */
  get shown(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** The bytes are only lent, so they are copied: those that fit to be shown, the others behind. */
  add(bytes: Buffer, start: number, end: number): void {
    const fits = this.overflow === undefined ? this.#fit(end - start) : 0;
    bytes.copy(this.#buffer, this.#length, start, start + fits);
    this.#length += fits;
    if (start + fits === end) return;
    this.#beyond.push(Buffer.from(bytes.subarray(start + fits, end)));
    this.beyondBytes += end - start - fits;
  }

  /** An agent wants something else in place of what it saw. */
  replace(data: Uint8Array): void {
    this.#memory.give(this.#buffer.length);
    this.#buffer = Buffer.from(data);
    this.#length = data.length;
    this.#memory.bytesHeld += data.length; // it is here already, and bounded by what a frame holds
  }

  drop(): void {
    if (this.#isDropped) return;
    this.#isDropped = true;
    this.#memory.give(this.#buffer.length);
    this.#buffer = noBytes;
    this.#length = 0;
    this.#beyond = [];
  }

  /** All of it behind a head; framed as the head says. */
  write(writer: HeadWriter, isChunked: boolean, trailers: string): void {
    this.writePieces(writer, isChunked);
    if (isChunked) writer.lastChunk(trailers);
  }

  /** The same, where more follows. */
  writePieces(writer: HeadWriter, isChunked: boolean): void {
    for (const piece of [this.shown, ...this.#beyond]) {
      if (piece.length === 0) continue;
      if (isChunked) writer.chunk(piece, 0, piece.length);
      else writer.copy(piece, 0, piece.length);
    }
  }

  /** How many of so many bytes can be shown. */
  #fit(bytes: number): number {
    const allowed = Math.min(bytes, this.#bytesMax - this.#length);
    const wanted = this.#length + allowed;
    if (wanted > this.#buffer.length && !this.#grow(wanted)) {
      this.overflow = 'no-memory';
      return this.#buffer.length - this.#length;
    }
    if (allowed < bytes) this.overflow = 'too-large';
    return allowed;
  }

  #grow(wanted: number): boolean {
    const capacity = Math.min(
      Math.max(wanted, 2 * this.#buffer.length, capacityLeast),
      Math.max(this.#bytesMax, wanted),
    );
    if (!this.#memory.take(capacity - this.#buffer.length)) return false;
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
    return true;
  }
}

const noBytes = Buffer.alloc(0);
const capacityLeast = 4096;
