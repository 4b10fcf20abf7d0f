// Header lines as offsets into the bytes they came in. Nothing is copied and no string is made until somebody asks:
//
//   Accept: text/html\r\n        offsets[4i..4i+3] = where name and value begin and end, without the blanks around them
//   ^     ^ ^        ^           ids[i]            = which of the names the proxy acts on, 0 for all others
//
// `scan` can be called with as many bytes as have arrived, again and again; it goes on at the first unfinished line. Every
// fault is found at the byte that makes it one, so how the bytes were split never changes the verdict. It refuses to
// repair: RFC 9112 section 5 to the letter. What is plain is found by plain-lines.ts; this loop reads everything else, says
// what is wrong, and reads all of it where the bytes are in other memory.

import { carriageReturn, colon, lineFeed, space, tab, tokenEndIn, valueEndIn, viewOf } from './bytes.ts';
import type { Fault } from './faults.ts';
import { headerIdOf } from './header-names.ts';
import { lineBytes, PlainLines, placesMax } from './plain-lines.ts';
import type { RequestGrammar } from './strictness.ts';

export interface LineBounds {
  readonly lineBytesMax: number;
  readonly bytesMax: number; // all lines together, with their ends
  readonly countMax: number;
  readonly grammar?: RequestGrammar; // of request lines; `strict` without it
}

/** What `scan` says besides the end of the lines. */
export const needsMore = 0;
export const isFaulty = -1;

export class HeaderLines {
  bytes: Buffer = noBytes;
  count = 0;
  fault: Fault | undefined = undefined;
  offsets = new Int32Array(4 * 32);
  ids = new Uint8Array(32);
  /** Of the same bytes. */
  view: DataView = noView;
  #scannedView: DataView = noView;
  #scanned: Buffer = noBytes; // whose view it is
  #plain: PlainLines | undefined = undefined; // if they are in its memory
  #start = 0;
  #at = 0;

  begin(bytes: Buffer, start: number): void {
    this.bytes = bytes;
    this.#start = start;
    this.#at = start;
    this.count = 0;
    this.fault = undefined;
  }

  /** Where the empty line that ends them is over; `needsMore`; or `isFaulty`, with `fault`. `bytes` may have moved as a whole. */
  scan(bytes: Buffer, end: number, bounds: LineBounds): number {
    this.bytes = bytes;
    if (this.#scanned !== bytes) this.#takeView(bytes);
    const view = this.#scannedView;
    this.view = view;
    const { lineBytesMax } = bounds;
    const bytesStop = this.#start + bounds.bytesMax;
    if (this.#plain !== undefined) this.#takePlain(this.#plain, end < bytesStop ? end : bytesStop, bounds);
    while (true) {
      const lineStart = this.#at;
      if (lineStart >= end) return needsMore;
      if (bytes[lineStart] === carriageReturn) return this.#lastLine(lineStart, end);
      const lineStop = lineStart + lineBytesMax;
      const limit = lineStop < bytesStop ? lineStop : bytesStop;
      const stop = end < limit ? end : limit;
      let index = tokenEndIn(bytes, lineStart, stop);
      if (index === stop) return this.#outOfBytes(stop, limit, lineStart, bounds);
      if (bytes[index] !== colon || index === lineStart)
        return this.#badName(bytes[index] as number, index === lineStart);
      const nameEnd = index;
      index += 1;
      while (index < stop && isBlank(bytes[index])) index += 1;
      const valueStart = index;
      index = valueEndIn(view, index, stop);
      if (index === stop) return this.#outOfBytes(stop, limit, lineStart, bounds);
      if (bytes[index] !== carriageReturn)
        return this.#fail(bytes[index] === lineFeed ? 'bare-line-feed' : 'bad-value');
      if (index + 1 === stop) return this.#outOfBytes(stop, limit, lineStart, bounds);
      if (bytes[index + 1] !== lineFeed) return this.#fail('bare-carriage-return');
      if (this.count === bounds.countMax) return this.#fail('many-headers');
      this.#add(lineStart, nameEnd, valueStart, index);
      this.#at = index + 2;
    }
  }

  /** The bytes have been copied; what was at `start` is at 0 now. */
  moveTo(bytes: Buffer, view: DataView, start: number): void {
    this.bytes = bytes;
    this.view = view;
    if (start === 0) return;
    for (let index = 0; index < 4 * this.count; index += 1)
      this.offsets[index] = (this.offsets[index] as number) - start;
    this.#start -= start;
    this.#at -= start;
  }

  #takeView(bytes: Buffer): void {
    this.#scannedView = viewOf(bytes);
    this.#scanned = bytes;
    this.#plain = PlainLines.of(bytes);
  }

  /** As many lines as are plain, from where the scan has got to. */
  #takePlain({ scan, found }: PlainLines, stop: number, { lineBytesMax, countMax }: LineBounds): void {
    const { byteOffset } = this.bytes;
    const places = Math.min(placesMax, countMax - this.count);
    const lines = scan(this.#at + byteOffset, stop + byteOffset, lineBytesMax, places * lineBytes) / lineBytes;
    while (this.count + lines > this.ids.length) this.#grow();
    const { bytes, offsets, ids, count } = this;
    let to = 4 * count;
    for (let from = 0; from < 4 * lines; from += 4) {
      const nameStart = (found[from] as number) - byteOffset;
      const nameEnd = (found[from + 1] as number) - byteOffset;
      offsets[to] = nameStart;
      offsets[to + 1] = nameEnd;
      offsets[to + 2] = (found[from + 2] as number) - byteOffset;
      offsets[to + 3] = (found[from + 3] as number) - byteOffset;
      ids[to >> 2] = headerIdOf(bytes, nameStart, nameEnd);
      to += 4;
    }
    this.count = count + lines;
    this.#at = (found[4 * lines] as number) - byteOffset;
  }

  #lastLine(lineStart: number, end: number): number {
    if (lineStart + 1 >= end) return needsMore;
    return this.bytes[lineStart + 1] === lineFeed ? lineStart + 2 : this.#fail('bare-carriage-return');
  }

  #outOfBytes(stop: number, limit: number, lineStart: number, bounds: LineBounds): number {
    if (stop < limit) return needsMore;
    return this.#fail(limit === lineStart + bounds.lineBytesMax ? 'long-header' : 'many-header-bytes');
  }

  #badName(byte: number, isFirst: boolean): number {
    if (byte === lineFeed) return this.#fail('bare-line-feed');
    if (byte === carriageReturn) return this.#fail('bad-name');
    if (byte === colon) return this.#fail('empty-name');
    if (byte === space || byte === tab) return this.#fail(isFirst ? 'folded-line' : 'blank-before-colon');
    return this.#fail('bad-name');
  }

  #fail(fault: Fault): number {
    this.fault = fault;
    return isFaulty;
  }

  #add(nameStart: number, nameEnd: number, valueStart: number, lineEnd: number): void {
    const index = this.count;
    if (index === this.ids.length) this.#grow();
    let valueEnd = lineEnd;
    while (valueEnd > valueStart && isBlank(this.bytes[valueEnd - 1])) valueEnd -= 1;
    const at = 4 * index;
    this.offsets[at] = nameStart;
    this.offsets[at + 1] = nameEnd;
    this.offsets[at + 2] = valueStart;
    this.offsets[at + 3] = valueEnd;
    this.ids[index] = headerIdOf(this.bytes, nameStart, nameEnd);
    this.count = index + 1;
  }

  #grow(): void {
    const offsets = new Int32Array(2 * this.offsets.length);
    offsets.set(this.offsets);
    this.offsets = offsets;
    const ids = new Uint8Array(2 * this.ids.length);
    ids.set(this.ids);
    this.ids = ids;
  }

  nameStart(index: number): number {
    return this.offsets[4 * index] as number;
  }

  nameEnd(index: number): number {
    return this.offsets[4 * index + 1] as number;
  }

  valueStart(index: number): number {
    return this.offsets[4 * index + 2] as number;
  }

  valueEnd(index: number): number {
    return this.offsets[4 * index + 3] as number;
  }

  name(index: number): string {
    return this.bytes.toString('latin1', this.nameStart(index), this.nameEnd(index));
  }

  value(index: number): string {
    return this.bytes.toString('latin1', this.valueStart(index), this.valueEnd(index));
  }

  /** The first header with this id, or -1. */
  indexOf(id: number): number {
    for (let index = 0; index < this.count; index += 1) if (this.ids[index] === id) return index;
    return -1;
  }

  /** The value of the first header with this id. */
  valueOf(id: number): string | undefined {
    const index = this.indexOf(id);
    return index === -1 ? undefined : this.value(index);
  }

  /** Every header, as strings: for those who must see them all (agents, `echo`). */
  list(): Array<[name: string, value: string]> {
    return Array.from({ length: this.count }, (_, index) => [this.name(index), this.value(index)]);
  }
}

const noBytes = Buffer.alloc(0);
export const noView = viewOf(noBytes);

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab;
}
