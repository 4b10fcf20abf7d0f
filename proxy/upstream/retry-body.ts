// A copy of a request's body, so that it can be sent again: of routes that may retry, up to a bound. A larger one is
// given up as a whole: half a body is worth nothing. It refuses to read from the client.

import { retryLimits } from '#config/limits';
import type { HeadWriter } from '../http1/write-head.ts';

export class KeptBody {
  isLost = false;
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** The bytes are only lent, so they are copied. */
  add(bytes: Buffer, start: number, end: number): void {
    this.#bytes += end - start;
    if (this.#bytes > retryLimits.bodyBytesMax) this.isLost = true;
    if (this.isLost) this.#pieces = [];
    else this.#pieces.push(Buffer.from(bytes.subarray(start, end)));
  }

  /** All of it behind a head, framed as the head says. */
  write(writer: HeadWriter, isChunked: boolean, trailers: string): void {
    writer.ensure(this.#bytes + (this.#pieces.length + 1) * chunkFrameBytes + trailers.length);
    for (const piece of this.#pieces) {
      if (isChunked) writer.chunk(piece, 0, piece.length);
      else writer.copy(piece, 0, piece.length);
    }
    if (isChunked) writer.lastChunk(trailers);
  }
}

const chunkFrameBytes = 32; // the size, two line ends
