// Version 1 on the wire: a u32 in network byte order, then that many bytes of JSON in UTF-8 (README.md, "Frames").
// The shaping decision: a reader owns the bytes it has not understood yet and nothing else; it knows no sockets and no
// meaning of messages. It refuses to guess: after one bad frame nothing behind it is read, since where the next frame
// begins can no longer be known.

import { wireLimits } from '#config/limits';
import { FrameSplitter } from './frame-splitter.ts';
import { decodeJson } from './utf8.ts';

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

/** Turns a stream, however it is split, into messages. */
export class FrameReader {
  #messages: unknown[] = [];
  readonly #splitter = new FrameSplitter(frameBytesMax, (bytes, at, end) => {
    const message = decodeJson(bytes, at, end);
    if (message === undefined) return 'a frame that is not JSON in UTF-8';
    this.#messages.push(message);
    return undefined;
  });

  push(chunk: Buffer): FrameReading {
    const problem = this.#splitter.push(chunk);
    const messages = this.#messages;
    this.#messages = [];
    return { messages, problem };
  }
}
