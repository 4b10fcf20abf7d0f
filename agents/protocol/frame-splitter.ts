// A stream of length-prefixed frames, however it is split, turned into frames: version 1 and version 2 share it. The
// shaping decision: whole frames are handed on where they lie in the chunk, by position and without an object for each;
// only one that is split over chunks is put together, in a buffer that doubles as bytes really arrive, so a length that
// promises 16 MB and sends 10 bytes costs 10 bytes. It refuses to guess: behind one bad frame nothing is read, since
// where the next one begins can no longer be known.

import { wireLimits } from '#config/limits';

const { lengthBytes } = wireLimits;

/** Takes the frame in `bytes` from `at` to `end`, without its length; returns what is wrong with it, if anything is. */
export type TakeFrame = (bytes: Buffer, at: number, end: number) => string | undefined;

export class FrameSplitter {
  readonly #frameBytesMax: number;
  readonly #take: TakeFrame;
  #part = Buffer.alloc(0); // the beginning of a frame, its length included
  #partBytes = 0;
  #problem: string | undefined;

  constructor(frameBytesMax: number, take: TakeFrame) {
    this.#frameBytesMax = frameBytesMax;
    this.#take = take;
  }

  /** Hands on every frame that `chunk` completes; returns what is wrong with the stream, from then on for ever. */
  push(chunk: Buffer): string | undefined {
    let at = this.#partBytes === 0 ? 0 : this.#complete(chunk);
    while (this.#problem === undefined && chunk.length - at >= lengthBytes) {
      const end = at + lengthBytes + this.#readLength(chunk, at);
      if (this.#problem !== undefined || end > chunk.length) break;
      this.#note(this.#take(chunk, at + lengthBytes, end));
      at = end;
    }
    if (this.#problem === undefined) this.#keep(chunk, at, chunk.length);
    return this.#problem;
  }

  /** Nothing that has arrived or will arrive is read any more. */
  stop(why: string): void {
    this.#problem ??= why;
    this.#part = Buffer.alloc(0);
    this.#partBytes = 0;
  }

  /** Who took a frame may have stopped all this meanwhile. */
  #note(problem: string | undefined): void {
    if (problem !== undefined) this.stop(problem);
  }

  #readLength(bytes: Buffer, at: number): number {
    const frameBytes = bytes.readUInt32BE(at);
    if (frameBytes === 0) this.stop('a frame of length 0');
    if (frameBytes > this.#frameBytesMax)
      this.stop(`a frame of ${frameBytes} bytes, over the ${this.#frameBytesMax} allowed`);
    return frameBytes;
  }

  /** Adds to the frame that was begun what `chunk` has of it; returns how many bytes that is. */
  #complete(chunk: Buffer): number {
    const headTaken = Math.min(Math.max(lengthBytes - this.#partBytes, 0), chunk.length);
    this.#keep(chunk, 0, headTaken);
    if (this.#partBytes < lengthBytes) return headTaken;
    const frameEnd = lengthBytes + this.#readLength(this.#part, 0);
    if (this.#problem !== undefined) return headTaken;
    const end = headTaken + Math.min(frameEnd - this.#partBytes, chunk.length - headTaken);
    this.#keep(chunk, headTaken, end);
    if (this.#partBytes < frameEnd) return end;
    const whole = this.#part; // who took the frame may look at it for as long as he likes
    this.#part = Buffer.alloc(0);
    this.#partBytes = 0;
    this.#note(this.#take(whole, lengthBytes, frameEnd));
    return end;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const wantedBytes = this.#partBytes + end - start;
    if (wantedBytes > this.#part.length) {
      const larger = Buffer.allocUnsafe(Math.max(wantedBytes, 2 * this.#part.length));
      this.#part.copy(larger, 0, 0, this.#partBytes);
      this.#part = larger;
    }
    chunk.copy(this.#part, this.#partBytes, start, end);
    this.#partBytes = wantedBytes;
  }
}
