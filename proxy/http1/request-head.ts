// A request's head: bytes -> offsets and the few facts that decide how it is treated. Scanned once, in place; feed it
// more bytes and call `read` again. What it accepts has one meaning only: RFC 9112 to the letter, and stricter where the
// servers behind may differ (capital methods, sub-delimiters in Host, other marks in framing headers). It never repairs.
// What a listener's `strictness` allows beyond that is a `RequestGrammar` in the bounds.

import { isIPv6 } from 'node:net';
import { bufferLimits, messageLimits } from '#config/limits';
import { carriageReturn, equalsLower, isHost, isPlainTarget, lineFeed, slash, space, viewOf } from './bytes.ts';
import type { Fault } from './faults.ts';
import { connectionOptions, decimalOf } from './fields.ts';
import { HeaderLines, isFaulty, type LineBounds, needsMore, noView } from './header-lines.ts';
import { headerIds, isMisspelt } from './header-names.ts';
import { grammars, type RequestGrammar } from './strictness.ts';

export class RequestHead {
  readonly lines = new HeaderLines();
  bytes: Buffer = noBytes;
  fault: Fault | undefined = undefined;
  method = '';
  targetStart = 0;
  targetEnd = 0;
  /** Where the path begins in an origin-form or absolute-form target; `targetEnd` if it has none. */
  pathStart = 0;
  /** Nothing in the target could mean something else when it is decoded, and no query: the path is the target. */
  hasPlainTarget = false;
  /** What agents are shown in place of path and query; empty: those. */
  shownTarget = '';
  minor = 1;
  /** As agents and access lines tell it: what the client wrote, where that is not refused. */
  protocol = 'HTTP/1.1';
  hostStart = 0;
  hostEnd = 0;
  contentLength = -1; // -1: not declared
  isChunked = false;
  /** A Content-Length stands among the headers that does not count. */
  isLengthVoid = false;
  keepsAlive = true;
  expects: 'nothing' | 'continue' | 'unknown' = 'nothing';
  hasUpgrade = false;
  /** Names that `Connection` declares to be about this connection only, in lower case; usually none. */
  connectionNames: readonly string[] = noNames;
  #start = 0;
  #own: Buffer = noBytes; // kept from request to request
  #ownView: DataView = noView;
  #isInLines = false;
  #hosts = 0;
  #lengths = 0;
  #encodings = 0;

  begin(bytes: Buffer, start: number): void {
    this.bytes = bytes;
    this.fault = undefined;
    this.method = '';
    this.targetStart = start;
    this.targetEnd = start;
    this.pathStart = start;
    this.hasPlainTarget = false;
    this.shownTarget = '';
    this.minor = 1;
    this.protocol = 'HTTP/1.1';
    this.hostStart = start;
    this.hostEnd = start;
    this.contentLength = -1;
    this.isChunked = false;
    this.isLengthVoid = false;
    this.keepsAlive = true;
    this.expects = 'nothing';
    this.hasUpgrade = false;
    this.connectionNames = noNames;
    this.#start = start;
    this.#isInLines = false;
    this.#hosts = 0;
    this.#lengths = 0;
    this.#encodings = 0;
    this.lines.begin(bytes, start);
  }

  /** Where the body begins; `needsMore`; or `isFaulty`, with `fault`. `bytes` may have moved, but only as a whole. */
  read(bytes: Buffer, end: number, bounds: LineBounds): number {
    this.bytes = bytes;
    if (!this.#isInLines) {
      const next = this.#readRequestLine(end, bounds.grammar ?? grammars.strict);
      if (next <= 0) return next;
      this.#isInLines = true;
      this.lines.begin(bytes, next);
    }
    const bodyStart = this.lines.scan(bytes, end, bounds);
    if (bodyStart > 0) return this.#judge(bounds.grammar ?? grammars.strict) ? bodyStart : isFaulty;
    this.fault = this.lines.fault;
    return bodyStart;
  }

  /** Copies itself, up to `end`, out of bytes that are about to be overwritten. */
  keep(end: number): void {
    const start = this.#start;
    const length = end - start;
    if (length > this.#own.length) this.#growOwn(length);
    this.bytes.copy(this.#own, 0, start, end);
    this.bytes = this.#own;
    if (this.#own.length > bufferLimits.headBytesKeptMax) this.#own = noBytes; // it is this request's alone
    this.lines.moveTo(this.bytes, this.#ownView, start);
    if (start === 0) return;
    this.targetStart -= start;
    this.targetEnd -= start;
    this.pathStart -= start;
    this.hostStart -= start;
    this.hostEnd -= start;
    this.#start = 0;
  }

  #growOwn(length: number): void {
    this.#own = Buffer.allocUnsafeSlow(Math.max(length, ownBytesLeast));
    this.#ownView = viewOf(this.#own);
  }

  /** `method SP target SP HTTP/1.x CRLF`, with at most one empty line before it (RFC 9112 section 2.2). */
  #readRequestLine(end: number, grammar: RequestGrammar): number {
    const { bytes } = this;
    const { isMethod, isTarget } = grammar;
    let at = this.#start;
    if (at < end && bytes[at] === carriageReturn) {
      if (at + 1 >= end) return needsMore;
      if (bytes[at + 1] !== lineFeed) return this.#fail('bare-carriage-return');
      at += 2;
    }
    const methodStart = at;
    const methodStop = Math.min(end, methodStart + messageLimits.methodBytesMax);
    while (at < methodStop && isMethod[bytes[at] as number] === 1) at += 1;
    if (at === methodStop)
      return at === end && at < methodStart + messageLimits.methodBytesMax ? needsMore : this.#fail('long-method');
    if (bytes[at] !== space || at === methodStart)
      return this.#fail(this.#badMethod(bytes[at] as number, at === methodStart && methodStart > this.#start));
    this.method = methodAt(bytes, methodStart, at);
    at += 1;
    this.targetStart = at;
    const limit = methodStart + messageLimits.requestLineBytesMax;
    const stop = Math.min(end, limit);
    while (at < stop && isPlainTarget[bytes[at] as number] === 1) at += 1;
    const plainEnd = at;
    while (at < stop && isTarget[bytes[at] as number] === 1) at += 1;
    if (at === stop) return stop === limit ? this.#fail('long-target') : needsMore;
    if (bytes[at] !== space || at === this.targetStart) return this.#fail(this.#badTarget(bytes[at] as number));
    this.targetEnd = at;
    this.hasPlainTarget = plainEnd === at && bytes[this.targetStart] === slash;
    return this.#readVersion(at + 1, end, grammar);
  }

  #badMethod(byte: number, isBehindEmptyLine: boolean): Fault {
    if (byte === carriageReturn && isBehindEmptyLine) return 'empty-request';
    return byte === lineFeed ? 'bare-line-feed' : 'bad-method';
  }

  #badTarget(byte: number): Fault {
    return byte === carriageReturn || byte === lineFeed ? 'bad-version' : 'bad-target';
  }

  /** A higher minor version is read as 1.1 (RFC 9110 section 6.2); another major version is another protocol. */
  #readVersion(start: number, end: number, grammar: RequestGrammar): number {
    const { bytes } = this;
    const stop = Math.min(end, start + versionPrefix.length);
    for (let at = start; at < stop; at += 1)
      if (bytes[at] !== versionPrefix[at - start])
        return grammar.takesAnyVersion ? this.#readOddVersion(start, end) : this.#fail('bad-version');
    const digitAt = start + versionPrefix.length;
    if (digitAt >= end) return needsMore;
    const minor = (bytes[digitAt] as number) - 0x30;
    if (minor < 0 || minor > 9) return this.#fail('bad-version');
    this.minor = minor === 0 ? 0 : 1;
    if (minor === 0) this.protocol = 'HTTP/1.0';
    this.keepsAlive = minor !== 0; // a proxy keeps no connection of HTTP/1.0 (RFC 9112 section 9.3)
    return this.#endRequestLine(digitAt + 1, end);
  }

  #endRequestLine(at: number, end: number): number {
    const { bytes } = this;
    if (at >= end) return needsMore;
    if (bytes[at] !== carriageReturn) return this.#fail(bytes[at] === lineFeed ? 'bare-line-feed' : 'bad-version');
    if (at + 1 >= end) return needsMore;
    return bytes[at + 1] === lineFeed ? at + 2 : this.#fail('bare-carriage-return');
  }

  /** `HTTP/2`, `HTTP/4.0`: told to agents as written, read as HTTP/1.1 whose connection ends behind it. Major 0 has no headers. */
  #readOddVersion(start: number, end: number): number {
    const { bytes } = this;
    const stop = Math.min(end, start + oddVersionPattern.length);
    let at = start;
    for (; at < stop; at += 1) {
      if (bytes[at] === carriageReturn && at - start === oddMajorLength) break;
      if (!fitsOddVersion(bytes[at] as number, oddVersionPattern[at - start] as number))
        return this.#fail('bad-version');
    }
    if (at === end) return needsMore;
    this.protocol = bytes.toString('latin1', start, at);
    this.keepsAlive = false;
    return this.#endRequestLine(at, end);
  }

  /** What the lines mean together. False with `fault` if they contradict each other or themselves. */
  #judge(grammar: RequestGrammar): boolean {
    const { lines } = this;
    for (let index = 0; index < lines.count; index += 1) {
      const id = lines.ids[index] as number;
      if (id === headerIds.other) continue;
      const fault = this.#take(id, index, grammar);
      if (fault !== undefined) return this.#refuse(fault);
    }
    if (this.#hosts === 0 && this.minor === 1) return this.#refuse('no-host');
    if (this.isChunked && this.#lengths > 0 && !this.#preferChunks(grammar)) return this.#refuse('length-and-encoding');
    if (this.isChunked && this.minor === 0) return this.#refuse('encoding-in-1.0');
    if ((this.isChunked || this.contentLength > 0) && this.method === 'TRACE') return this.#refuse('body-in-trace');
    const fault = this.#judgeTarget(grammar);
    return fault === undefined || this.#refuse(fault);
  }

  #take(id: number, index: number, grammar: RequestGrammar): Fault | undefined {
    switch (id) {
      case headerIds.host:
        return this.#takeHost(index, grammar);
      case headerIds['content-length']:
        return this.#takeContentLength(index);
      case headerIds['transfer-encoding']:
        return this.#takeTransferEncoding(index);
      case headerIds.connection:
        return this.#takeConnection(index);
      case headerIds.expect:
        if (this.lines.value(index).toLowerCase() !== '100-continue') this.expects = 'unknown';
        else if (this.expects === 'nothing') this.expects = 'continue';
        return undefined;
      case headerIds.upgrade:
        this.hasUpgrade = true;
        return undefined;
      default:
        return undefined;
    }
  }

  #takeHost(index: number, grammar: RequestGrammar): Fault | undefined {
    this.#hosts += 1;
    if (this.#hosts > 1) return 'two-hosts';
    this.hostStart = this.lines.valueStart(index);
    this.hostEnd = this.lines.valueEnd(index);
    if (this.hostStart === this.hostEnd && this.minor === 0 && grammar.takesEmptyHost) return undefined;
    return isAuthority(this.bytes, this.hostStart, this.hostEnd) ? undefined : 'bad-host';
  }

  #takeContentLength(index: number): Fault | undefined {
    if (this.#isMisspelt(index)) return 'misspelt-framing';
    this.#lengths += 1;
    if (this.#lengths > 1) return 'two-content-lengths';
    this.contentLength = decimalOf(this.bytes, this.lines.valueStart(index), this.lines.valueEnd(index));
    return this.contentLength === -1 ? 'bad-content-length' : undefined;
  }

  #takeTransferEncoding(index: number): Fault | undefined {
    if (this.#isMisspelt(index)) return 'misspelt-framing';
    this.#encodings += 1;
    this.isChunked = equalsLower(this.bytes, this.lines.valueStart(index), this.lines.valueEnd(index), chunkedWord);
    return this.isChunked && this.#encodings === 1 ? undefined : 'bad-transfer-encoding';
  }

  #takeConnection(index: number): Fault | undefined {
    const options = connectionOptions(this.lines.value(index));
    if (options === undefined) return 'bad-connection';
    if (options.closes) this.keepsAlive = false;
    if (options.names.length > 0) this.connectionNames = [...this.connectionNames, ...options.names];
    return this.connectionNames.length > messageLimits.connectionOptionsMax ? 'many-connection-options' : undefined;
  }

  #isMisspelt(index: number): boolean {
    return isMisspelt(this.bytes, this.lines.nameStart(index), this.lines.nameEnd(index));
  }

  /** The connection ends behind such a request (RFC 9112 section 6.1). */
  #preferChunks({ prefersChunks }: RequestGrammar): boolean {
    if (!prefersChunks) return false;
    this.contentLength = -1;
    this.isLengthVoid = true;
    this.keepsAlive = false;
    return true;
  }

  /** Origin-form; absolute-form, whose authority must be Host's; `*` for OPTIONS alone; CONNECT where the grammar has it; no PRI, which is HTTP/2's. */
  #judgeTarget(grammar: RequestGrammar): Fault | undefined {
    const { bytes, targetStart, targetEnd } = this;
    this.pathStart = targetStart;
    const first = bytes[targetStart];
    if (this.method === 'CONNECT') return this.#judgeAuthority(grammar);
    if (this.method === 'PRI') return 'bad-target-form'; // RFC 9113 section 3.4
    if (first === 0x2f) return undefined;
    if (first === 0x2a)
      return targetEnd === targetStart + 1 && this.method === 'OPTIONS' ? undefined : 'bad-target-form';
    const authorityStart = targetStart + absolutePrefix.length;
    if (!equalsLower(bytes, targetStart, Math.min(authorityStart, targetEnd), absolutePrefix)) return 'bad-target-form';
    let at = authorityStart;
    while (at < targetEnd && bytes[at] !== 0x2f && bytes[at] !== 0x3f) at += 1;
    this.pathStart = at;
    if (!isAuthority(bytes, authorityStart, at)) return 'bad-target-form';
    const authority = bytes.toString('latin1', authorityStart, at).toLowerCase();
    const host = bytes.toString('latin1', this.hostStart, this.hostEnd).toLowerCase();
    if (this.#hosts > 0 && withoutDefaultPort(host) !== withoutDefaultPort(authority)) return 'host-differs';
    this.hostStart = authorityStart;
    this.hostEnd = at;
    if (grammar.showsWrittenTarget) this.shownTarget = bytes.toString('latin1', targetStart, targetEnd);
    return undefined;
  }

  /** `host:port` (RFC 9112 section 3.2.3). */
  #judgeAuthority({ takesConnect }: RequestGrammar): Fault | undefined {
    const { bytes, targetStart, targetEnd } = this;
    const last = bytes[targetEnd - 1] as number;
    const hasPort = last >= 0x30 && last <= 0x39 && bytes.lastIndexOf(0x3a, targetEnd - 1) > targetStart;
    if (!takesConnect || !hasPort || !isAuthority(bytes, targetStart, targetEnd)) return 'bad-target-form';
    this.keepsAlive = false;
    return undefined;
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
const ownBytesLeast = 2048; // a browser's head has 500 to 1500
const noNames: readonly string[] = [];
const versionPrefix = Buffer.from('HTTP/1.');
const oddVersionPattern = Buffer.from('HTTP/1.0'); // `1` and `0`: any digit but 0 for the first
const oddMajorLength = 'HTTP/1'.length;
const absolutePrefix = Buffer.from('http://');
const chunkedWord = Buffer.from('chunked');

function fitsOddVersion(byte: number, wanted: number): boolean {
  if (wanted === 0x31) return byte >= 0x31 && byte <= 0x39;
  return wanted === 0x30 ? byte >= 0x30 && byte <= 0x39 : byte === wanted;
}

/** The usual methods without making a string. */
function methodAt(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  const first = bytes[start];
  if (length === 3 && first === 0x47 && bytes[start + 1] === 0x45 && bytes[start + 2] === 0x54) return 'GET';
  if (
    length === 4 &&
    first === 0x50 &&
    bytes[start + 1] === 0x4f &&
    bytes[start + 2] === 0x53 &&
    bytes[start + 3] === 0x54
  )
    return 'POST';
  return bytes.toString('latin1', start, end);
}

/** `name`, `name:port`, `[address]:port`; a name has no empty labels but the root's; the port may be missing but is a number up to 65535. */
export function isAuthority(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  if (bytes[at] === 0x5b) {
    at = endOfAddress(bytes, start + 1, end);
    if (at === -1) return false;
  } else {
    at = endOfName(bytes, start, end);
    if (at === start) return false;
  }
  if (at === end) return true;
  if (bytes[at] !== 0x3a || end - at > 6) return false;
  let port = 0;
  for (at += 1; at < end; at += 1) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = 10 * port + digit;
  }
  return port <= 65_535;
}

/** Behind the bracket that closes an IPv6 address without a zone (RFC 3986 section 3.2.2), or -1. */
function endOfAddress(bytes: Uint8Array, start: number, end: number): number {
  let [at, text] = [start, ''];
  for (; at < end && at - start <= addressCharactersMax && bytes[at] !== 0x5d; at += 1)
    text += String.fromCharCode(bytes[at] as number);
  return bytes[at] === 0x5d && at < end && !text.includes('%') && isIPv6(text) ? at + 1 : -1;
}

const addressCharactersMax = 45; // of the longest IPv6 address, with an IPv4 address at its end

/** As far as it is a name; `start` if it has an empty label: `a..b` is `a.b` to some. */
function endOfName(bytes: Uint8Array, start: number, end: number): number {
  let [at, isAfterPoint] = [start, true];
  for (; at < end && isHost[bytes[at] as number] === 1; at += 1) {
    const isPoint = bytes[at] === 0x2e;
    if (isPoint && isAfterPoint) return start;
    isAfterPoint = isPoint;
  }
  return at;
}

function withoutDefaultPort(authority: string): string {
  return authority.endsWith(':80')
    ? authority.slice(0, -3)
    : authority.endsWith(':')
      ? authority.slice(0, -1)
      : authority;
}
