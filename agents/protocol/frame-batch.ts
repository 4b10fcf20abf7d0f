// The frames of one turn of the event loop, gathered so that they leave in one write. The shaping decision: encoders
// write straight into one growing buffer, which is used again for the next turn where the socket has taken it whole; so
// a call costs no buffer and no system call of its own (64 calls in flight: one write for all of them). It refuses to
// bound how much is written: who makes the calls does, by how many may be in flight.

import type { Socket } from 'node:net';
import { hostLimits, wireLimits } from '#config/limits';

const { lengthBytes } = wireLimits;
const { batchBytes } = hostLimits;

export class FrameBatch {
  bytes = Buffer.allocUnsafeSlow(1024);
  at = 0; // where the next byte goes
  readonly #send: (frames: Buffer) => boolean;
  #scheduled = false;

  /** `send` returns whether the bytes have left: then their buffer is written to again. */
  constructor(send: (frames: Buffer) => boolean) {
    this.#send = send;
  }

  static for(socket: Socket): FrameBatch {
    return new FrameBatch((frames) => {
      if (socket.destroyed) return true;
      socket.write(frames);
      return socket.writableLength === 0;
    });
  }

  /** Begins a frame; returns where, for `end`. */
  begin(): number {
    const start = this.at;
    this.room(lengthBytes);
    this.at += lengthBytes;
    return start;
  }

  /** Ends the frame and sees to it that it leaves in this turn; takes it back if it is too large. */
  end(start: number, frameBytesMax: number): boolean {
    const frameBytes = this.at - start - lengthBytes;
    if (frameBytes > frameBytesMax) {
      this.at = start;
      return false;
    }
    this.bytes.writeUInt32BE(frameBytes, start);
    this.#schedule();
    return true;
  }

  /** Takes back what was written of the frame since `begin`. */
  undo(start: number): void {
    this.at = start;
  }

  /** Makes room for so many bytes behind `at`. `bytes` may be another buffer from then on. */
  room(moreBytes: number): void {
    const wantedBytes = this.at + moreBytes;
    if (wantedBytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(wantedBytes, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  /** At the end of the turn; earlier where somebody ends the connection. */
  flush(): void {
    if (this.at === 0) return;
    const frames = this.bytes.subarray(0, this.at);
    this.at = 0;
    const free = this.#send(frames);
    if (!free || this.bytes.length > batchBytes) this.bytes = Buffer.allocUnsafeSlow(1024);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }
}
