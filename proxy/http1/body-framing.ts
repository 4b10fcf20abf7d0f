// A body's framing, taken off: bytes -> pieces of payload. `next` is called with what has arrived and says how far it
// got; the piece it found, if any, is `bytes[pieceStart, pieceEnd)`. Nothing is copied but trailers, which are short.
//
//   5;ext\r\n hello \r\n 0\r\n Checksum: x\r\n \r\n
//   --size--  piece  end  size --trailers--     end
//
// Strict as the heads are: RFC 9112 section 7.1 to the letter, extensions bounded and dropped, trailers judged.

import { messageLimits } from '#config/limits';
import { carriageReturn, hexValue, lineFeed, semicolon } from './bytes.ts';
import { afterExtensionByte, beginsExtension, endsExtension, isBadExtension } from './chunk-extension.ts';
import type { Fault } from './faults.ts';
import { HeaderLines, isFaulty, type LineBounds, needsMore } from './header-lines.ts';
import { isForbiddenTrailer } from './header-names.ts';

type Stage =
  | 'done'
  | 'length'
  | 'until-close'
  | 'size'
  | 'extension'
  | 'size-line-end'
  | 'chunk'
  | 'chunk-end'
  | 'chunk-line-end'
  | 'trailers';

export class BodyFraming {
  fault: Fault | undefined = undefined;
  pieceStart = 0;
  pieceEnd = 0;
  /** Payload bytes so far. */
  bytesRead = 0;
  /** Trailers as lines ready to be written, each with its line end; usually empty. */
  trailers = '';
  #stage: Stage = 'done';
  #left = 0; // of the declared length, or of the chunk
  #digits = 0;
  #extension = beginsExtension; // how far its grammar got
  #extensionBytes = 0; // of this chunk
  #extensionsBytes = 0; // of all chunks
  #trailerBytes: Buffer | undefined = undefined;

  beginNone(): void {
    this.#begin('done', 0);
  }

  beginLength(length: number): void {
    this.#begin(length === 0 ? 'done' : 'length', length);
  }

  beginChunked(): void {
    this.#begin('size', 0);
  }

  beginUntilClose(): void {
    this.#begin('until-close', 0);
  }

  #begin(stage: Stage, left: number): void {
    this.#stage = stage;
    this.#left = left;
    this.#digits = 0;
    this.#extensionBytes = 0;
    this.#extensionsBytes = 0;
    this.#trailerBytes = undefined;
    this.fault = undefined;
    this.pieceStart = 0;
    this.pieceEnd = 0;
    this.bytesRead = 0;
    this.trailers = '';
  }

  get isDone(): boolean {
    return this.#stage === 'done';
  }

  get endsWithConnection(): boolean {
    return this.#stage === 'until-close';
  }

  /** Reads on at `at` until a piece is found, the bytes end, the body ends, or a fault; returns where it got to. */
  next(bytes: Buffer, at: number, end: number): number {
    this.pieceStart = at;
    this.pieceEnd = at;
    let index = at;
    while (index < end && this.pieceEnd === this.pieceStart && this.#stage !== 'done' && this.fault === undefined) {
      index = this.#step(bytes, index, end);
    }
    return index;
  }

  #step(bytes: Buffer, at: number, end: number): number {
    switch (this.#stage) {
      case 'length':
        return this.#takePiece(at, end, 'done');
      case 'chunk':
        return this.#takePiece(at, end, 'chunk-end');
      case 'until-close':
        this.#left = Infinity;
        return this.#takePiece(at, end, 'done');
      case 'size':
        return this.#readSize(bytes, at, end);
      case 'extension':
        return this.#skipExtension(bytes, at, end);
      case 'size-line-end':
        return this.#expect(bytes, at, lineFeed, this.#left === 0 ? 'trailers' : 'chunk', 'bad-chunk-size');
      case 'chunk-end':
        return this.#expect(bytes, at, carriageReturn, 'chunk-line-end', 'bad-chunk-end');
      case 'chunk-line-end':
        return this.#expect(bytes, at, lineFeed, 'size', 'bad-chunk-end');
      case 'trailers':
        return this.#readTrailers(bytes, at, end);
      case 'done':
        return at;
    }
  }

  #takePiece(at: number, end: number, after: Stage): number {
    const length = Math.min(this.#left, end - at);
    this.pieceStart = at;
    this.pieceEnd = at + length;
    this.bytesRead += length;
    this.#left -= length;
    if (this.#left === 0) this.#stage = after;
    return at + length;
  }

  #readSize(bytes: Buffer, at: number, end: number): number {
    let index = at;
    for (; index < end; index += 1) {
      const digit = hexValue[bytes[index] as number] as number;
      if (digit === 255) break;
      this.#digits += 1;
      this.#left = 16 * this.#left + digit;
      if (this.#digits > messageLimits.chunkSizeDigitsMax || this.#left > Number.MAX_SAFE_INTEGER)
        return this.#fail('bad-chunk-size', index);
    }
    if (index === end) return index;
    const byte = bytes[index];
    if (this.#digits === 0 || (byte !== carriageReturn && byte !== semicolon))
      return this.#fail('bad-chunk-size', index);
    this.#digits = 0;
    this.#extension = beginsExtension;
    this.#extensionBytes = 0;
    this.#stage = byte === semicolon ? 'extension' : 'size-line-end';
    return index + 1;
  }

  #skipExtension(bytes: Buffer, at: number, end: number): number {
    let index = at;
    while (index < end && bytes[index] !== carriageReturn) {
      this.#extension = afterExtensionByte(this.#extension, bytes[index] as number);
      if (this.#extension === isBadExtension) return this.#fail('bad-chunk-extension', index);
      index += 1;
      this.#extensionBytes += 1;
      this.#extensionsBytes += 1;
      if (
        this.#extensionBytes > messageLimits.chunkExtensionBytesMax ||
        this.#extensionsBytes > messageLimits.chunkExtensionsBytesMax
      )
        return this.#fail('long-chunk-extension', index);
    }
    if (index === end) return index;
    if (!endsExtension(this.#extension)) return this.#fail('bad-chunk-extension', index);
    this.#stage = 'size-line-end';
    return index + 1;
  }

  #expect(bytes: Buffer, at: number, byte: number, next: Stage, fault: Fault): number {
    if (bytes[at] !== byte) return this.#fail(fault, at);
    this.#stage = next;
    return at + 1;
  }

  /** Trailers are rare and short, so they are gathered until whole and read again from their start. */
  #readTrailers(bytes: Buffer, at: number, end: number): number {
    const before = this.#trailerBytes?.length ?? 0;
    const fresh = bytes.subarray(at, end);
    const gathered = this.#trailerBytes === undefined ? fresh : Buffer.concat([this.#trailerBytes, fresh]);
    const lines = new HeaderLines();
    lines.begin(gathered, 0);
    const linesEnd = lines.scan(gathered, gathered.length, trailerBounds);
    if (linesEnd === isFaulty)
      return this.#fail(
        lines.fault === 'many-headers' ||
          lines.fault?.startsWith('long') === true ||
          lines.fault === 'many-header-bytes'
          ? 'long-trailers'
          : 'bad-trailer',
        at,
      );
    if (linesEnd === needsMore) {
      this.#trailerBytes = Buffer.from(gathered);
      return end;
    }
    const trailers = lines.list();
    if (trailers.some(([name]) => isForbiddenTrailer(name))) return this.#fail('bad-trailer', at);
    this.trailers = trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.#stage = 'done';
    return at + linesEnd - before;
  }

  #fail(fault: Fault, at: number): number {
    this.fault = fault;
    return at;
  }
}

const trailerBounds: LineBounds = {
  lineBytesMax: messageLimits.trailerBytesMax,
  bytesMax: messageLimits.trailerBytesMax,
  countMax: messageLimits.trailerCountMax,
};
