// What large files are read into: buffers that are used again. Each read is a trip to another
// thread, so large ones make a large file cheaper (10 MB: 20 trips in place of 160); but who takes slowly holds a buffer
// for long, so there are few large ones, they go to clients that take quickly, and everybody else has a small one. Which
// buffer is free again is the borrower's to know: one that the system still reads must not be given back.

import { fileLimits } from '#config/limits';

export class FileBuffers {
  readonly #small: Buffer[] = [];
  readonly #large: Buffer[] = [];
  #largeLent = 0;

  take(wantsLarge: boolean): Buffer {
    if (!wantsLarge || this.#largeLent >= fileLimits.largeBuffersMax)
      return this.#small.pop() ?? Buffer.allocUnsafeSlow(fileLimits.smallReadBytes);
    this.#largeLent += 1;
    return this.#large.pop() ?? Buffer.allocUnsafeSlow(fileLimits.largeReadBytes);
  }

  /** `isFree`: nobody reads it any more; otherwise it is left to whoever does, and then to the collector. */
  giveBack(buffer: Buffer, isFree: boolean): void {
    const isLarge = buffer.length === fileLimits.largeReadBytes;
    if (isLarge) this.#largeLent -= 1;
    if (!isFree) return;
    const resting = isLarge ? this.#large : this.#small;
    if (resting.length < fileLimits.restingBuffersMax) resting.push(buffer);
  }
}
