// What all upstream connections of a worker read into, one read at a time: the bytes stay in the nearest caches from the
// read to the write, and a connection holds no buffer of its own (get-100k, get-1k: DECISIONS 304).
//
//   | headroom: for a head put in front of a body | room: where reads go |
//
// The shaping decision: nobody owns the bytes beyond the call that brings them. A write that the system does not take
// whole leaves a copy of its rest behind (`Outlet.sendLent`), and a head that is still needed later copies itself
// (`ResponseHead.keep`). It refuses to be exchanged for another: the system has been told its address.

import { bufferLimits } from '#config/limits';

export const readBufferBytes = bufferLimits.upstreamHeadroomBytes + bufferLimits.upstreamReadBytes;

export class ReadBuffer {
  readonly bytes: Buffer;
  /** Where in `bytes` a read begins. */
  readonly start: number = bufferLimits.upstreamHeadroomBytes;
  readonly room: Buffer;

  constructor(bytes: Buffer = Buffer.allocUnsafeSlow(readBufferBytes)) {
    this.bytes = bytes;
    this.room = bytes.subarray(this.start);
  }
}
