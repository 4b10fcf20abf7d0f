// `multipart/form-data`, with every flag of ModSecurity 2.9 (MULTIPART_STRICT_ERROR and what it is made of). The shaping
// decision: line by line, as the reference reads, since what is odd about a line is what the flags tell; a mistake ends
// the reading, and the parts before it are kept. One pass, and no text is copied before its part is complete. It refuses
// to be lenient: two parsers that read a body differently are what an attacker looks for.

import { wafLimits } from '#config/limits-waf';
import { readBoundary } from './multipart-boundary.ts';
import { type MultipartFlags, noFlags } from './multipart-flags.ts';
import { type PartHead, PartHeadReader } from './multipart-head.ts';

export interface MultipartPart {
  readonly name: string;
  readonly filename: string | undefined; // a file
  readonly content: string;
  readonly headers: readonly string[]; // whole lines: `Content-Type: text/plain`
}

export interface MultipartBody {
  readonly parts: readonly MultipartPart[];
  readonly flags: Readonly<MultipartFlags>;
  readonly error: string | undefined; // for REQBODY_ERROR_MSG
}

export interface MultipartLimits {
  readonly filesMax: number; // SecUploadFileLimit
}

export function readMultipart(contentType: string, text: string, limits: MultipartLimits): MultipartBody {
  const flags = noFlags();
  const boundary = readBoundary(contentType, flags);
  if ('error' in boundary) return { parts: [], flags: { ...flags, error: true }, error: boundary.error };
  const reader = new Reader(boundary.boundary, text, flags, limits);
  const error = reader.read();
  if (error !== undefined) flags.error = true;
  return { parts: reader.parts, flags, error };
}

interface OpenPart {
  readonly reader: PartHeadReader;
  head: PartHead | undefined; // known at the empty line behind the headers
  start: number; // of its content
}

class Reader {
  readonly parts: MultipartPart[] = [];
  readonly #delimiter: string;
  readonly #text: string;
  readonly #flags: MultipartFlags;
  readonly #limits: MultipartLimits;
  #part: OpenPart | undefined;
  #boundaries = 0;
  #files = 0;
  #isComplete = false;

  constructor(boundary: string, text: string, flags: MultipartFlags, limits: MultipartLimits) {
    this.#delimiter = `--${boundary}`;
    this.#text = text;
    this.#flags = flags;
    this.#limits = limits;
  }

  /** What is wrong, if anything. */
  read(): string | undefined {
    const text = this.#text;
    for (let start = 0; start < text.length && !this.#isComplete; ) {
      const end = text.indexOf('\n', start) + 1;
      if (end === 0) return this.#lastLine(start);
      const error = this.#line(start, end);
      if (error !== undefined) return error;
      if (this.#isComplete && end < text.length) this.#flags.dataAfter = true;
      start = end;
    }
    return this.#isComplete || text.length === 0 ? undefined : this.#unfinished();
  }

  /** A line without an end: the final boundary may stand so, anything else is data. */
  #lastLine(start: number): string | undefined {
    if (this.#boundaries > 0 && this.#text.slice(start) === `${this.#delimiter}--`) {
      this.#noteLineBefore(start);
      return this.#boundary(start, true);
    }
    if (this.#boundaries === 0) this.#flags.dataBefore = true;
    return this.#unfinished();
  }

  #unfinished(): string {
    return this.#boundaries > 0 ? 'Multipart: Final boundary missing.' : 'Multipart: No boundaries found in payload.';
  }

  #line(start: number, end: number): string | undefined {
    if (this.#text.startsWith('--', start) && end - start > 3) {
      const isOurs = this.#text.startsWith(this.#delimiter, start);
      const found = isOurs ? this.#boundaryLine(start, end) : this.#almostBoundary(start, end);
      if (found !== 'data') return found;
    }
    const part = this.#part;
    if (part === undefined) this.#flags.dataBefore = true;
    else if (part.head === undefined) return this.#headLine(part, start, end);
    return undefined;
  }

  /** Before any content of a part it is none, and odd: no line break that could belong to it came before. */
  #boundaryLine(start: number, end: number): string | undefined {
    this.#noteLineBefore(start);
    if (this.#part !== undefined && (this.#part.head === undefined || this.#part.start === start)) {
      this.#flags.invalidPart = true;
      return 'data';
    }
    const rest = this.#text.slice(start + this.#delimiter.length, end);
    const isFinal = rest.startsWith('--');
    const lineEnd = isFinal ? rest.slice(2) : rest;
    if (lineEnd !== '\r\n' && lineEnd !== '\n') return 'Multipart: Invalid boundary.';
    this.#flags[lineEnd === '\n' ? 'lfLine' : 'crlfLine'] = true;
    return this.#boundary(start, isFinal);
  }

  /** The line break before a boundary belongs to it. */
  #noteLineBefore(start: number): void {
    if (start > 0 && this.#text[start - 2] !== '\r') this.#flags.lfLine = true;
  }

  /** A line with two hyphens that is not our boundary. */
  #almostBoundary(start: number, end: number): string | undefined {
    const line = this.#text.slice(start + 2, Math.min(end, start + 3 * wafLimits.multipartBoundaryBytesMax));
    const boundary = this.#delimiter.slice(2);
    if (this.#flags.boundaryQuoted && line.startsWith(`"${boundary}`)) return 'Multipart: Invalid boundary (quotes).';
    const trimmed = line.trimStart();
    if (trimmed !== line && trimmed.startsWith(boundary)) return 'Multipart: Invalid boundary (whitespace).';
    this.#flags.unmatchedBoundary = true;
    return 'data';
  }

  /** Ends the part before it, whose content ends before the line break that belongs to the boundary. */
  #boundary(start: number, isFinal: boolean): string | undefined {
    this.#boundaries += 1;
    if (this.#part !== undefined) this.#finish(this.#part, start);
    this.#part = undefined;
    this.#isComplete = isFinal;
    if (isFinal) return undefined;
    if (this.#boundaries > wafLimits.multipartPartsMax) return 'Multipart: Too many parts.';
    this.#part = { reader: new PartHeadReader(this.#flags), head: undefined, start: 0 };
    return undefined;
  }

  #finish({ head, start }: OpenPart, end: number): void {
    if (head === undefined) {
      this.#flags.invalidPart = true;
      return;
    }
    if (head.filename !== undefined) this.#files += 1;
    if (this.#files > this.#limits.filesMax) this.#flags.fileLimitExceeded = true;
    const text = this.#text;
    const lineEnd = text[end - 2] === '\r' ? 2 : 1;
    this.parts.push({ ...head, content: text.slice(start, Math.max(start, end - lineEnd)) });
  }

  #headLine(part: OpenPart, start: number, end: number): string | undefined {
    if (end - start >= wafLimits.multipartHeaderBytesMax) {
      return `Multipart: Part header line over ${wafLimits.multipartHeaderBytesMax} bytes long`;
    }
    const line = this.#text.slice(start, end);
    if (line.includes('\0')) return 'Multipart: Nul byte in part headers.';
    this.#flags[line.endsWith('\r\n') ? 'crlfLine' : 'lfLine'] = true;
    if (line !== '\r\n' && line !== '\n') return part.reader.line(line);
    const head = part.reader.end();
    if (typeof head === 'string') return head;
    part.head = head;
    part.start = end;
    return undefined;
  }
}
