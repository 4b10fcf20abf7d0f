// Version 1 on the wire: a u32 in network byte order, then that many bytes of JSON in UTF-8 (README.md, "Frames").
// The shaping decision: a reader owns the bytes it has not understood yet and nothing else; it knows no sockets and no
// meaning of messages. It refuses to guess: after one bad frame nothing behind it is read, since where the next frame
// begins can no longer be known.

import { wireLimits } from '#config/limits';

const { frameBytesMax, lengthBytes } = wireLimits;

/** The frame of one message, or `undefined` if it is larger than a frame may be. */
export function encodeFrame(message: unknown): Buffer | undefined {
  const json = JSON.stringify(message);
  const bodyBytes = Buffer.byteLength(json);
  if (bodyBytes > frameBytesMax) return undefined;
  const frame = Buffer.allocUnsafe(lengthBytes + bodyBytes);
  frame.writeUInt32BE(bodyBytes);
  frame.write(json, lengthBytes);
  return frame;
}

/** What a piece of the stream completed: messages in order, and what is wrong behind them, if anything is. */
export interface FrameReading {
  readonly messages: readonly unknown[];
  readonly problem: string | undefined;
}

/**
 * Turns a stream, however it is split, into messages.
 *
 *   kept:  | length | body ......          |  <- capacity doubles as bytes really arrive; a length that
 *          0                  keptBytes    |     promises 10 MB and sends 10 bytes costs 10 bytes
 */
export class FrameReader {
  #kept = Buffer.alloc(0);
  #keptBytes = 0;
  #problem: string | undefined;

  push(chunk: Buffer): FrameReading {
    if (this.#problem !== undefined) return { messages: [], problem: this.#problem };
    const bytes = this.#keptBytes === 0 ? chunk : this.#append(chunk);
    const messages: unknown[] = [];
    const readBytes = this.#readFrames(bytes, messages);
    this.#keep(bytes.subarray(readBytes));
    return { messages, problem: this.#problem };
  }

  /** Reads every whole frame of `bytes`; returns how many bytes they took. */
  #readFrames(bytes: Buffer, messages: unknown[]): number {
    let at = 0;
    while (bytes.length - at >= lengthBytes) {
      const bodyBytes = bytes.readUInt32BE(at);
      if (bodyBytes === 0) return this.#fail(bytes, 'a frame of length 0');
      if (bodyBytes > frameBytesMax)
        return this.#fail(bytes, `a frame of ${bodyBytes} bytes, over the ${frameBytesMax} allowed`);
      const end = at + lengthBytes + bodyBytes;
      if (bytes.length < end) break;
      const message = decodeJson(bytes.subarray(at + lengthBytes, end));
      if (message === undefined) return this.#fail(bytes, 'a frame that is not JSON in UTF-8');
      messages.push(message);
      at = end;
    }
    return at;
  }

  #fail(bytes: Buffer, problem: string): number {
    this.#problem = problem;
    return bytes.length; // nothing behind a bad frame is kept
  }

  #append(chunk: Buffer): Buffer {
    const wantedBytes = this.#keptBytes + chunk.length;
    if (wantedBytes > this.#kept.length) {
      const larger = Buffer.allocUnsafe(Math.max(wantedBytes, 2 * this.#kept.length));
      this.#kept.copy(larger, 0, 0, this.#keptBytes);
      this.#kept = larger;
    }
    chunk.copy(this.#kept, this.#keptBytes);
    return this.#kept.subarray(0, wantedBytes);
  }

  /** `rest` is a view either of the chunk, which is not ours to keep, or of `#kept`, from which it may have moved on. */
  #keep(rest: Buffer): void {
    const alreadyKept = rest.buffer === this.#kept.buffer && rest.byteOffset === this.#kept.byteOffset;
    if (!alreadyKept) this.#kept = Buffer.from(rest);
    this.#keptBytes = rest.length;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeJson(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    return undefined; // no JSON text has the value `undefined`
  }
}
