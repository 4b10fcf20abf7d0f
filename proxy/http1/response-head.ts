// A reply's head from an upstream: bytes -> offsets and the facts that decide how it is relayed. As strict as with
// requests: a reply that could be read in two ways is the upstream's fault (502) and never passed on.

import { messageLimits } from '#config/limits';
import { carriageReturn, equalsLower, isValue, lineFeed, viewOf } from './bytes.ts';
import type { Fault } from './faults.ts';
import { connectionOptions, decimalOf } from './fields.ts';
import { HeaderLines, isFaulty, type LineBounds, needsMore } from './header-lines.ts';
import { headerIds, isMisspelt } from './header-names.ts';

export class ResponseHead {
  readonly lines = new HeaderLines();
  bytes: Buffer = noBytes;
  fault: Fault | undefined = undefined;
  status = 0;
  minor = 1;
  reasonStart = 0;
  reasonEnd = 0;
  contentLength = -1; // -1: not declared
  isChunked = false;
  keepsAlive = true;
  connectionNames: readonly string[] = noNames;
  #start = 0;
  #isInLines = false;
  #lengths = 0;
  #encodings = 0;
  #saysKeepAlive = false;

  begin(bytes: Buffer, start: number): void {
    this.bytes = bytes;
    this.fault = undefined;
    this.status = 0;
    this.minor = 1;
    this.reasonStart = start;
    this.reasonEnd = start;
    this.contentLength = -1;
    this.isChunked = false;
    this.keepsAlive = true;
    this.connectionNames = noNames;
    this.#start = start;
    this.#isInLines = false;
    this.#lengths = 0;
    this.#encodings = 0;
    this.#saysKeepAlive = false;
    this.lines.begin(bytes, start);
  }

  /** Where the body begins; `needsMore`; or `isFaulty`, with `fault`. `bytes` may have moved, but only as a whole. */
  read(bytes: Buffer, end: number): number {
    this.bytes = bytes;
    if (!this.#isInLines) {
      const next = this.#readStatusLine(end);
      if (next <= 0) return next;
      this.#isInLines = true;
      this.lines.begin(bytes, next);
    }
    const bodyStart = this.lines.scan(bytes, end, bounds);
    if (bodyStart > 0) return this.#judge() ? bodyStart : isFaulty;
    this.fault = this.lines.fault;
    return bodyStart;
  }

  /** Copies what was read, from its start to `end`, out of bytes that are about to be written over; returns by how much all of it has moved down. */
  keep(end: number): number {
    const start = this.#start;
    const bytes = Buffer.allocUnsafe(end - start);
    this.bytes.copy(bytes, 0, start, end);
    this.bytes = bytes;
    this.lines.moveTo(bytes, viewOf(bytes), start);
    this.reasonStart -= start;
    this.reasonEnd -= start;
    this.#start = 0;
    return start;
  }

  /** `HTTP/1.x SP three digits SP reason CRLF`; the reason may be empty, its blank may not be missing (RFC 9112 section 4). */
  #readStatusLine(end: number): number {
    const { bytes } = this;
    const start = this.#start;
    const fixed = Math.min(end, start + statusPattern.length);
    for (let at = start; at < fixed; at += 1) {
      if (!fitsPattern(bytes[at] as number, statusPattern[at - start] as number)) return this.#fail('bad-status-line');
    }
    if (fixed < start + statusPattern.length) return needsMore;
    this.minor = bytes[start + 7] === 0x30 ? 0 : 1;
    this.status = decimalOf(bytes, start + 9, start + 12);
    if (this.status < 100 || this.status > 599) return this.#fail('bad-status-line');
    const limit = start + messageLimits.requestLineBytesMax;
    const stop = Math.min(end, limit);
    let at = fixed;
    while (at < stop && isValue[bytes[at] as number] === 1) at += 1;
    if (at === stop) return stop === limit ? this.#fail('bad-status-line') : needsMore;
    if (bytes[at] !== carriageReturn) return this.#fail(bytes[at] === lineFeed ? 'bare-line-feed' : 'bad-status-line');
    if (at + 1 >= end) return needsMore;
    if (bytes[at + 1] !== lineFeed) return this.#fail('bare-carriage-return');
    this.reasonStart = fixed;
    this.reasonEnd = at;
    return at + 2;
  }

  #judge(): boolean {
    const { lines } = this;
    for (let index = 0; index < lines.count; index += 1) {
      const id = lines.ids[index] as number;
      const fault = id === headerIds.other ? undefined : this.#take(id, index);
      if (fault !== undefined) return this.#refuse(fault);
    }
    if (this.isChunked && this.#lengths > 0) return this.#refuse('length-and-encoding');
    if (this.isChunked && this.minor === 0) return this.#refuse('encoding-in-1.0');
    if (this.status < 200 && this.minor === 0) return this.#refuse('interim-in-1.0');
    if ((this.status < 200 || this.status === 204) && (this.isChunked || this.contentLength > 0))
      return this.#refuse('body-in-bodiless');
    if (this.minor === 0 && !this.#saysKeepAlive) this.keepsAlive = false;
    return true;
  }

  #take(id: number, index: number): Fault | undefined {
    const [start, end] = [this.lines.valueStart(index), this.lines.valueEnd(index)];
    if (id === headerIds['content-length']) {
      if (this.#isMisspelt(index)) return 'misspelt-framing';
      this.#lengths += 1;
      if (this.#lengths > 1) return 'two-content-lengths';
      this.contentLength = decimalOf(this.bytes, start, end);
      return this.contentLength === -1 ? 'bad-content-length' : undefined;
    }
    if (id === headerIds['transfer-encoding']) {
      if (this.#isMisspelt(index)) return 'misspelt-framing';
      this.#encodings += 1;
      this.isChunked = equalsLower(this.bytes, start, end, chunkedWord);
      return this.isChunked && this.#encodings === 1 ? undefined : 'bad-transfer-encoding';
    }
    return id === headerIds.connection ? this.#takeConnection(index) : undefined;
  }

  #takeConnection(index: number): Fault | undefined {
    const options = connectionOptions(this.lines.value(index));
    if (options === undefined) return 'bad-connection';
    if (options.closes) this.keepsAlive = false;
    if (options.keeps) this.#saysKeepAlive = true;
    if (options.names.length > 0) this.connectionNames = [...this.connectionNames, ...options.names];
    return this.connectionNames.length > messageLimits.connectionOptionsMax ? 'many-connection-options' : undefined;
  }

  #isMisspelt(index: number): boolean {
    return isMisspelt(this.bytes, this.lines.nameStart(index), this.lines.nameEnd(index));
  }

  #refuse(fault: Fault): false {
    this.fault = fault;
    return false;
  }

  #fail(fault: Fault): number {
    this.fault = fault;
    return isFaulty;
  }
}

const noBytes = Buffer.alloc(0);
const noNames: readonly string[] = [];
const chunkedWord = Buffer.from('chunked');
const bounds: LineBounds = {
  lineBytesMax: messageLimits.responseHeaderLineBytesMax,
  bytesMax: messageLimits.responseHeadBytesMax,
  countMax: messageLimits.responseHeaderCountMax,
};

const anyDigit = 0x23; // '#' in the pattern
const statusPattern = Buffer.from('HTTP/1.# ### ');

function fitsPattern(byte: number, wanted: number): boolean {
  return wanted === anyDigit ? byte >= 0x30 && byte <= 0x39 : byte === wanted;
}
