// A copy of a request's body, so that it can be sent again: of routes that may retry, up to a bound for each and one for
// all of a worker. What does not fit is given up as a whole: half a body is worth nothing, and the request is sent all the
// same, once. It refuses to read from the client.

import { retryLimits } from '#config/limits';
import type { HeadWriter } from '../http1/write-head.ts';

/** What all of a worker hold together. */
export class KeptBytes {
  count = 0;
}

export class KeptBody {
  isLost = false;
  readonly #all: KeptBytes;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(all: KeptBytes) {
    this.#all = all;
  }

  /** The bytes are only lent, so they are copied. */
  add(bytes: Buffer, start: number, end: number): void {
    if (this.isLost) return;
    const length = end - start;
    const fits =
      this.#bytes + length <= retryLimits.bodyBytesMax && this.#all.count + length <= retryLimits.bodiesBytesMax;
    if (!fits) return this.drop();
    this.#bytes += length;
    this.#all.count += length;
    this.#pieces.push(Buffer.from(bytes.subarray(start, end)));
  }

  /** It will not be sent again. */
  drop(): void {
    this.isLost = true;
    this.#all.count -= this.#bytes;
    this.#bytes = 0;
    this.#pieces = [];
  }

  /** All of it behind a head, framed as the head says. */
  write(writer: HeadWriter, isChunked: boolean, trailers: string): void {
    for (const piece of this.#pieces) {
      if (isChunked) writer.chunk(piece, 0, piece.length);
      else writer.copy(piece, 0, piece.length);
    }
    if (isChunked) writer.lastChunk(trailers);
  }
}
