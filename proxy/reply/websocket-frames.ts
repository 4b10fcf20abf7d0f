// Where the frames of one direction of a WebSocket end (RFC 6455 section 5.2), by counting alone: nothing is copied, kept
// or unmasked, and permessage-deflate makes no difference.
//
//   [fin+opcode] [mask+length] [0, 2 or 8 bytes of length] [0 or 4 of mask] payload …
//
// Between two frames, even of one message, a Close may be put in. It refuses to judge: the two ends do that.

export class FrameFollower {
  /** A whole Close frame has passed: nothing more comes behind it. */
  hasClosed = false;
  #headerSeen = 0;
  #headerLength = leastHeader;
  #isClose = false;
  #payloadLeft = 0;

  get isAtBoundary(): boolean {
    return this.#headerSeen === 0;
  }

  /** To the end of the frame under way, or of the bytes: returns where that is. Between frames it begins the next one. */
  next(bytes: Uint8Array, at: number, end: number): number {
    let index = at;
    while (index < end && this.#headerSeen < this.#headerLength) {
      this.#readHeader(bytes[index] as number);
      index += 1;
    }
    if (this.#headerSeen < this.#headerLength) return index;
    const taken = Math.min(this.#payloadLeft, end - index);
    this.#payloadLeft -= taken;
    if (this.#payloadLeft === 0) this.#onFrameEnd();
    return index + taken;
  }

  follow(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) at = this.next(bytes, at, end);
  }

  #readHeader(byte: number): void {
    const place = this.#headerSeen;
    this.#headerSeen += 1;
    if (place === 0) this.#isClose = (byte & opcodeBits) === closeOpcode;
    else if (place === 1) this.#readLength(byte);
    else if (place < this.#lengthEnd) this.#payloadLeft = this.#payloadLeft * 256 + byte;
  }

  #lengthEnd = leastHeader;

  #readLength(byte: number): void {
    const length = byte & lengthBits;
    const more = length === lengthIn16Bits ? 2 : length === lengthIn64Bits ? 8 : 0;
    this.#payloadLeft = more === 0 ? length : 0;
    this.#lengthEnd = leastHeader + more;
    this.#headerLength = this.#lengthEnd + ((byte & maskBit) === 0 ? 0 : maskBytes);
  }

  #onFrameEnd(): void {
    if (this.#isClose) this.hasClosed = true;
    this.#headerSeen = 0;
    this.#headerLength = leastHeader;
  }
}

const leastHeader = 2;
const opcodeBits = 0x0f;
const closeOpcode = 0x8;
const maskBit = 0x80;
const maskBytes = 4;
const lengthBits = 0x7f;
const lengthIn16Bits = 126;
const lengthIn64Bits = 127;

/** Going away (RFC 6455 section 7.4.1): unlike 1000 it tells clients to come again. */
export const goingAway = 1001;

/** A Close as a server sends it, or, with the four bytes of a mask, as a client must (section 5.3). */
export function closeFrame(code: number, mask?: Uint8Array, reason = ''): Buffer {
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), wholeCharacters(reason)]);
  if (mask === undefined) return Buffer.concat([Buffer.from([0x80 | closeOpcode, payload.length]), payload]);
  for (let index = 0; index < payload.length; index += 1)
    payload[index] = (payload[index] as number) ^ (mask[index & 3] as number);
  return Buffer.concat([Buffer.from([0x80 | closeOpcode, maskBit | payload.length]), mask, payload]);
}

/** A Close has room for 123 bytes of UTF-8 beside its code (RFC 6455 sections 5.5 and 7.1.6). */
function wholeCharacters(reason: string): Buffer {
  const bytes = Buffer.alloc(reasonBytesMax);
  const { written } = new TextEncoder().encodeInto(reason, bytes);
  return bytes.subarray(0, written);
}

const reasonBytesMax = 123;
