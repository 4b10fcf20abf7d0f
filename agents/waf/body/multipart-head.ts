// The headers of one part: lines, folding, and the `Content-Disposition` that names it. The shaping decision: numbers in
// messages are the reference's, people search for them. It refuses a second header of a name, parameters that it does
// not know, and a name that is given twice.

import { wafLimits } from '#config/limits-waf';
import { isSpace } from '../transform/bytes.ts';
import type { MultipartFlags } from './multipart-flags.ts';

type Flags = Pick<MultipartFlags, 'headerFolding' | 'invalidHeaderFolding' | 'invalidQuoting'>;

export interface PartHead {
  readonly name: string;
  readonly filename: string | undefined;
  readonly headers: readonly string[];
}

interface Header {
  readonly line: string; // without its end
  readonly value: string;
}

const disposition = 'content-disposition';

export class PartHeadReader {
  readonly #headers = new Map<string, Header>();
  readonly #flags: Flags;
  #last: string | undefined;

  constructor(flags: Flags) {
    this.#flags = flags;
  }

  /** One line with its end; what is wrong with it. */
  line(line: string): string | undefined {
    return isSpace(line.charCodeAt(0)) ? this.#fold(withoutEnd(line)) : this.#add(withoutEnd(line));
  }

  /** At the empty line: what the part is, or what is wrong. */
  end(): PartHead | string {
    const header = this.#headers.get(disposition);
    if (header === undefined) return 'Multipart: Part missing Content-Disposition header.';
    const found = readDisposition(header.value, this.#flags);
    if (typeof found === 'number') return `Multipart: Invalid Content-Disposition header (${found}): ${header.value}.`;
    const { name, filename } = found;
    if (name === undefined) return 'Multipart: Content-Disposition header missing name field.';
    if (filename !== undefined && !header.value.includes('filename=')) {
      return 'Multipart: Invalid Content-Disposition header (filename).';
    }
    return { name, filename, headers: Array.from(this.#headers.values(), ({ line }) => line) };
  }

  #fold(line: string): string | undefined {
    this.#flags.headerFolding = true;
    let start = 0;
    while (isSpace(line.charCodeAt(start))) start += 1;
    if (!isBlankOrTab(line.slice(0, Math.max(start, 1)))) this.#flags.invalidHeaderFolding = true;
    const before = this.#last === undefined ? undefined : this.#headers.get(this.#last);
    if (this.#last === undefined || before === undefined) return 'Multipart: Invalid part header (folding error).';
    const more = ` ${line.slice(start)}`;
    if (before.line.length + more.length > wafLimits.multipartHeaderBytesMax) return 'Multipart: Part header too long.';
    this.#headers.set(this.#last, { line: before.line + more, value: before.value + more });
    return undefined;
  }

  #add(line: string): string | undefined {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    if (colon === -1) return 'Multipart: Invalid part header (colon missing).';
    if (name === '') return 'Multipart: Invalid part header (header name missing).';
    const key = name.toLowerCase();
    if (this.#headers.has(key)) return `Multipart: Duplicate part header: ${name}.`;
    if (this.#headers.size >= wafLimits.multipartHeadersMax) return 'Multipart: Too many part headers.';
    this.#headers.set(key, { line, value: line.slice(behindBlanks(line, colon + 1)) });
    this.#last = key;
    return undefined;
  }
}

function withoutEnd(line: string): string {
  return line.slice(0, line.endsWith('\r\n') ? -2 : -1);
}

function isBlankOrTab(text: string): boolean {
  return Array.from(text).every((sign) => sign === ' ' || sign === '\t');
}

function behindBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
}

interface Disposition {
  name: string | undefined;
  filename: string | undefined;
}

/** What it names, or the reference's number of what is wrong. */
function readDisposition(text: string, flags: Flags): Disposition | number {
  if (!text.startsWith('form-data')) return -1;
  const found: Disposition = { name: undefined, filename: undefined };
  let at = behindBlanks(text, 9);
  if (at === text.length) return found;
  if (text[at] !== ';') return -2;
  for (at += 1; at < text.length; ) {
    const end = readParameter(text, at, found, flags);
    if (end < 0) return end;
    at = behindBlanks(text, end);
    if (at < text.length && text[at] !== ';') {
      if (at === end && isQuote(text.charAt(at - 1))) flags.invalidQuoting = true;
      return -12;
    }
    at += 1;
  }
  return found;
}

const isQuote = (sign: string): boolean => sign === '"' || sign === "'";

/** `name=value`; where it ends, or what is wrong with it. */
function readParameter(text: string, from: number, found: Disposition, flags: Flags): number {
  const start = behindBlanks(text, from);
  if (start === text.length) return -3;
  let nameEnd = start;
  while (nameEnd < text.length && !'=\t '.includes(text.charAt(nameEnd))) nameEnd += 1;
  if (nameEnd === text.length) return -4;
  const equals = behindBlanks(text, nameEnd);
  if (equals === text.length) return -5;
  if (text[equals] !== '=') return -13;
  const valueStart = behindBlanks(text, equals + 1);
  if (valueStart === text.length) return -6;
  const read = isQuote(text.charAt(valueStart)) ? readQuoted(text, valueStart) : readToken(text, valueStart);
  if (typeof read === 'number') return read;
  if (text[valueStart] === "'" || (text[valueStart] !== '"' && read.value.includes("'"))) flags.invalidQuoting = true;
  return put(text.slice(start, nameEnd), read.value, found) ?? read.end;
}

function put(name: string, value: string, found: Disposition): number | undefined {
  if (name !== 'name' && name !== 'filename') return -11;
  if (found[name] !== undefined) return name === 'name' ? -14 : -15;
  found[name] = value;
  return undefined;
}

/** Only the quote and the backslash are escaped; any other backslash stays, as Internet Explorer meant it. */
function readQuoted(text: string, start: number): { value: string; end: number } | number {
  const quote = text.charAt(start);
  if (start + 1 === text.length) return -7;
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === quote) return { value, end: at + 1 };
    const next = text.charAt(at + 1);
    if (sign === '\\' && next === '') return -8;
    const isEscape = sign === '\\' && (next === quote || next === '\\');
    value += isEscape ? next : sign;
    if (isEscape) at += 1;
  }
  return -9;
}

const separators = '()<>@,;:\\"/[]?={} \t';

function readToken(text: string, start: number): { value: string; end: number } {
  let end = start;
  while (end < text.length && isTokenCharacter(text, end)) end += 1;
  return { value: text.slice(start, end), end };
}

function isTokenCharacter(text: string, at: number): boolean {
  const byte = text.charCodeAt(at);
  return byte > 0x20 && byte < 0x7f && !separators.includes(text.charAt(at));
}
