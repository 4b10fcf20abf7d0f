// Text into tokens of SQL as any of the usual databases would read it: the first half of `@detectSQLi`. The shaping
// decision: one class of token for each byte that it can start with, each reader moves forward only, so the scan is
// linear; classes and their letters are libinjection's, whose verdicts CRS is written for, and what a word is comes from
// a table (sqli-words.ts). It refuses to understand SQL: how tokens follow each other is judged elsewhere.

import { isDigit, isHex, isLetter } from '../transform/bytes.ts';
import { bytesOf } from '../transform/scratch.ts';
import { emptyHash, everyWord, hashOn, mayBeWord, signHash, unknownHash, type WordFilter } from './sqli-word-filter.ts';

const valueBytesMax = 31;

/**
 * The letters: `k` keyword, `U` union, `B` group, `E` expression, `t` type, `f` function, `n` bare word, `1` number, `v` variable,
 * `s` string, `o` operator, `&` logic, `c` comment, `A` collation, `T` Transact-SQL, `X` evil, `?` other, and signs for themselves.
 */
export type TokenType = string;

export class Token {
  type: TokenType;
  readonly open: string; // of a string: its quote; empty if it began before the text
  readonly close: string; // empty if it is not closed
  readonly hash: number; // of a word (sqli-word-filter.ts)
  readonly start: number; // in its text
  readonly end: number;
  readonly #text: string;
  #value: string | undefined;

  constructor(type: TokenType, text: string, start: number, end: number, hash = unknownHash, open = '', close = '') {
    this.type = type;
    this.open = open;
    this.close = close;
    this.hash = hash;
    this.start = start;
    this.end = Math.min(end, start + valueBytesMax);
    this.#text = text;
    this.#value = undefined; // few are asked for
  }

  /** Its first 31 bytes. */
  get value(): string {
    this.#value ??= this.#text.slice(this.start, this.end);
    return this.#value;
  }
}

export interface Dialect {
  /** In which string the text is meant to stand. */
  readonly quote: '' | "'" | '"';
  readonly isMysql: boolean; // `#` starts a comment, `--x` does not
}

export type LookUpWord = (upperCase: string) => TokenType | undefined;

type Read = (scan: SqlScanner) => Token | undefined;

export class SqlScanner {
  readonly text: string;
  readonly dialect: Dialect;
  readonly lookUp: LookUpWord;
  readonly filter: WordFilter;
  readonly bytes: Buffer; // of the text, and zero bytes behind it; good until another value is looked at
  at = 0;
  tokens = 0; // read so far
  hasDashComment = false; // `--x`: MySQL sees no comment there
  hasHash = false;

  constructor(text: string, dialect: Dialect, lookUp: LookUpWord, filter: WordFilter = everyWord) {
    this.text = text;
    this.dialect = dialect;
    this.lookUp = lookUp;
    this.filter = filter;
    this.bytes = bytesOf(text);
  }

  next(): Token | undefined {
    if (this.at === 0 && this.dialect.quote !== '' && this.text !== '') {
      this.tokens += 1;
      return readString(this, this.dialect.quote, 0);
    }
    const { length } = this.text;
    while (this.at < length) {
      const token = (readers[this.bytes[this.at] as number] as Read)(this);
      if (token === undefined) continue;
      this.tokens += 1;
      return token;
    }
    return undefined;
  }

  /** Takes what lies before `end` as a token. */
  take(type: TokenType, end: number, hash = unknownHash): Token {
    const token = new Token(type, this.text, this.at, end, hash);
    this.at = end;
    return token;
  }

  /** A word that lies between these places. */
  word(start: number, end: number, hash: number): TokenType | undefined {
    return mayBeWord(this.filter, hash) ? this.lookUp(this.text.slice(start, end).toUpperCase()) : undefined;
  }

  sign(offset: number): string {
    return this.text.charAt(this.at + offset);
  }
}

const spaces = ' \t\n\v\f\r\xa0\0';
const point = 0x2e;
const tick = 0x60;
const behindFloat = stopSet(`${spaces};uU`); // a zero byte is the end
const isSqlSpace = (sign: string): boolean => sign !== '' && spaces.includes(sign);

function readSpace(scan: SqlScanner): undefined {
  scan.at += 1;
}

const readOperator: Read = (scan) => scan.take('o', scan.at + 1, signHash);
const readItself: Read = (scan) => scan.take(scan.sign(0), scan.at + 1);
const readOther: Read = (scan) => scan.take('?', scan.at + 1);

const toLineEnd: Read = (scan) => {
  const end = scan.text.indexOf('\n', scan.at);
  const token = scan.take('c', end === -1 ? scan.text.length : end);
  if (end !== -1) scan.at += 1;
  return token;
};

const readHash: Read = (scan) => {
  scan.hasHash = true;
  return scan.dialect.isMysql ? toLineEnd(scan) : readOperator(scan);
};

const readDash: Read = (scan) => {
  if (scan.sign(1) !== '-') return readOperator(scan);
  if (scan.sign(2) === '' || isSqlSpace(scan.sign(2))) return toLineEnd(scan);
  if (scan.dialect.isMysql) return readOperator(scan);
  scan.hasDashComment = true;
  return toLineEnd(scan);
};

/** A comment within a comment, and one for MySQL alone, are what nobody writes by accident. */
const readSlash: Read = (scan) => {
  if (scan.sign(1) !== '*') return readOperator(scan);
  const end = scan.text.indexOf('*/', scan.at + 2);
  const inside = scan.text.indexOf('/*', scan.at + 2);
  const isEvil = (end !== -1 && inside !== -1 && inside < end) || scan.sign(2) === '!';
  return scan.take(isEvil ? 'X' : 'c', end === -1 ? scan.text.length : end + 2);
};

/** `\N` is MySQL's NULL. */
const readBackslash: Read = (scan) =>
  scan.sign(1) === 'N' ? scan.take('1', scan.at + 2) : scan.take('\\', scan.at + 1);

const readTwoSigns: Read = (scan) => {
  if (scan.text.startsWith('<=>', scan.at)) return scan.take('o', scan.at + 3);
  const two = scan.at + 1 < scan.text.length ? scan.lookUp(scan.text.slice(scan.at, scan.at + 2)) : undefined;
  if (two !== undefined) return scan.take(two, scan.at + 2);
  return scan.take(scan.sign(0) === ':' && scan.at + 1 < scan.text.length ? ':' : 'o', scan.at + 1);
};

/** Ends at a quote that is neither doubled nor behind an odd number of backslashes. `opening`: what stands before it. */
function readString(scan: SqlScanner, quote: string, opening: number, mark = quote): Token {
  const start = scan.at + opening;
  const open = opening > 0 ? mark : '';
  let end = scan.text.indexOf(quote, start);
  while (end !== -1) {
    if (isEscaped(scan.text, start, end)) end = scan.text.indexOf(quote, end + 1);
    else if (scan.text[end + 1] === quote) end = scan.text.indexOf(quote, end + 2);
    else break;
  }
  scan.at = end === -1 ? scan.text.length : end + 1;
  return newString(scan.text, start, end, open, mark);
}

/** `end` is -1 for one that is not closed. */
function newString(
  text: string,
  start: number,
  end: number,
  open: string,
  close: string,
  type: TokenType = 's',
): Token {
  const isOpen = end === -1;
  return new Token(type, text, start, isOpen ? text.length : end, unknownHash, open, isOpen ? '' : close);
}

function isEscaped(text: string, start: number, quoteAt: number): boolean {
  let at = quoteAt;
  while (at > start && text[at - 1] === '\\') at -= 1;
  return (quoteAt - at) % 2 === 1;
}

const readQuoted: Read = (scan) => readString(scan, scan.sign(0), 1);

/** `E'...'`. */
const readEscapeString: Read = (scan) =>
  scan.sign(1) === "'" && scan.sign(2) !== '' ? readString(scan, "'", 2) : readWord(scan);

/** `U&'...'`. */
const readUnicodeString: Read = (scan) => {
  if (scan.sign(1) !== '&' || scan.sign(2) !== "'") return readWord(scan);
  scan.at += 2;
  return readString(scan, "'", 1, 'u');
};

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };

/** Oracle's `q'(...)'`, `opening` bytes from here. */
function readOracleString(scan: SqlScanner, opening: number): Token | undefined {
  const bracket = scan.sign(opening + 2);
  const isOne = scan.sign(opening).toLowerCase() === 'q' && scan.sign(opening + 1) === "'";
  if (!isOne || !(bracket > ' ' && bracket < '\x80')) return readWord(scan);
  const start = scan.at + opening + 3;
  const end = scan.text.indexOf(`${closing[bracket] ?? bracket}'`, start);
  scan.at = end === -1 ? scan.text.length : end + 2;
  return newString(scan.text, start, end, 'q', 'q');
}

/** `N'...'`, `nq'(...)'`. */
const readNational: Read = (scan) =>
  scan.sign(1) === "'" && scan.sign(2) !== '' ? readEscapeString(scan) : readOracleString(scan, 1);

/** `b'01'`, `x'0f'`. */
const bitString =
  (isOne: (byte: number) => boolean): Read =>
  (scan) => {
    if (scan.sign(1) !== "'") return readWord(scan);
    let end = scan.at + 2;
    while (isOne(scan.text.charCodeAt(end))) end += 1;
    return scan.text[end] === "'" ? scan.take('1', end + 1) : readWord(scan);
  };

/** `[name]`. */
const readBracketed: Read = (scan) => {
  const end = scan.text.indexOf(']', scan.at);
  return scan.take('n', end === -1 ? scan.text.length : end + 1);
};

export const wordEnds = stopSet(' []{}<>:\\?=@!#~+-*/&|^%(),\';\t\n\v\f\r"\xa0\0');
const variableEnds = stopSet(' <>:\\?=@!#~+-*/&|^%(),\';\t\n\v\f\r`"');

function stopSet(signs: string): Uint8Array {
  const stops = new Uint8Array(256);
  for (const sign of signs) stops[sign.charCodeAt(0)] = 1;
  return stops;
}

function endOf(text: string, from: number, stops: Uint8Array): number {
  let at = from;
  while (at < text.length && stops[text.charCodeAt(at) & 0xff] === 0) at += 1;
  return at;
}

/** A word, or what stands before a point or a tick in it if that is one of SQL's. The zero byte behind the text ends it. */
function readWord(scan: SqlScanner): Token {
  const { bytes, at: start } = scan;
  let [end, hash] = [start, emptyHash];
  let isAscii = true;
  for (; ; end += 1) {
    const byte = bytes[end] as number;
    if (wordEnds[byte] === 1) break;
    if ((byte === point || byte === tick) && end - start < valueBytesMax) {
      const type = scan.word(start, end, isAscii ? hash : unknownHash);
      if (type !== undefined && type !== 'n') return scan.take(type, end, isAscii ? hash : unknownHash);
    }
    if (byte >= 0x80) isAscii = false;
    hash = hashOn(hash, byte);
  }
  const known = isAscii ? hash : unknownHash;
  const type = end - start <= valueBytesMax ? scan.word(start, end, known) : undefined;
  return scan.take(type ?? 'n', end, end - start <= valueBytesMax ? known : unknownHash);
}

const readTick: Read = (scan) => {
  const token = readString(scan, '`', 1);
  token.type = scan.lookUp(token.value.toUpperCase()) === 'f' ? 'f' : 'n';
  return token;
};

/** `@a`, `@@a`, with any quotes. */
const readVariable: Read = (scan) => {
  scan.at += scan.sign(1) === '@' ? 2 : 1;
  const sign = scan.sign(0);
  if (sign === '`' || sign === "'" || sign === '"') {
    const token = readString(scan, sign, 1);
    token.type = 'v';
    return token;
  }
  return scan.take('v', endOf(scan.text, scan.at, variableEnds));
};

/** An amount, or a string of PostgreSQL between `$$` or `$tag$`. */
const readMoney: Read = (scan) => {
  const { text, at } = scan;
  let end = at + 1;
  while (isDigit(text.charCodeAt(end)) || text[end] === '.' || text[end] === ',') end += 1;
  if (end === at + 2 && text[at + 1] === '.') return readWord(scan);
  if (end > at + 1) return scan.take('1', end);
  while (isLetter(text.charCodeAt(end))) end += 1;
  if (text[end] !== '$') return scan.take('n', at + 1);
  return readDollarString(scan, text.slice(at, end + 1));
};

function readDollarString(scan: SqlScanner, tag: string): Token {
  const start = scan.at + tag.length;
  const end = scan.text.indexOf(tag, start);
  scan.at = end === -1 ? scan.text.length : end + tag.length;
  return newString(scan.text, start, end, '$', '$');
}

const readNumber: Read = (scan) => {
  const end = behindNumber(scan.bytes, scan.at);
  return scan.take(numberKind, end);
};

/** Of the number that was read last: `1`, `n` where it is none after all, `.`. */
let numberKind: TokenType = '1';

/** Where a number ends that starts with a digit or a point. */
export function behindNumber(bytes: Buffer, start: number): number {
  const prefix = bytes[start] === 0x30 ? (bytes[start + 1] as number) | 0x20 : 0;
  if (prefix === 0x78) return behindPrefix(bytes, start, isHex);
  if (prefix === 0x62) return behindPrefix(bytes, start, isBinary);
  return behindDecimal(bytes, start);
}

const isBinary = (byte: number): boolean => byte === 0x30 || byte === 0x31;

/** `0x1f`, `0b01`; without digits a word. */
function behindPrefix(bytes: Buffer, start: number, isOne: (byte: number) => boolean): number {
  let end = start + 2;
  while (isOne(bytes[end] as number)) end += 1;
  numberKind = end === start + 2 ? 'n' : '1';
  return end;
}

function behindDecimal(bytes: Buffer, start: number): number {
  let at = behindDigits(bytes, start);
  if (bytes[at] === point) at = behindDigits(bytes, at + 1);
  numberKind = isPointAlone(bytes, start, at) ? '.' : '1';
  if (numberKind === '.') return at;
  if (((bytes[at] as number) | 0x20) === 0x65) {
    at += bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d ? 2 : 1;
    const end = behindDigits(bytes, at);
    if (end === at) numberKind = 'n';
    at = end;
  }
  return hasFloatSuffix(bytes, at) ? at + 1 : at;
}

export const isPointAlone = (bytes: Buffer, start: number, end: number): boolean =>
  end - start === 1 && bytes[start] === point;

function behindDigits(bytes: Buffer, from: number): number {
  let at = from;
  while (isDigit(bytes[at] as number)) at += 1;
  return at;
}

/** Oracle's `1.2f`; `1fUNION` is taken apart too. */
function hasFloatSuffix(bytes: Buffer, at: number): boolean {
  const suffix = (bytes[at] as number) | 0x20;
  return (suffix === 0x64 || suffix === 0x66) && behindFloat[bytes[at + 1] as number] === 1;
}

const bySign = new Map<string, Read>([
  ...each('!&*:<=>|', readTwoSigns),
  ...each('%+^~', readOperator),
  ...each('(),;{}', readItself),
  ...each('?]', readOther),
  ...each('"\'', readQuoted),
  ['#', readHash],
  ['$', readMoney],
  ['-', readDash],
  ['.', readNumber],
  ['/', readSlash],
  ['@', readVariable],
  ['B', bitString((byte) => byte === 0x30 || byte === 0x31)],
  ['E', readEscapeString],
  ['N', readNational],
  ['Q', (scan) => readOracleString(scan, 0)],
  ['U', readUnicodeString],
  ['X', bitString(isHex)],
  ['[', readBracketed],
  ['\\', readBackslash],
  ['`', readTick],
]);

const readers: readonly Read[] = Array.from({ length: 256 }, (_, byte) => readerOf(String.fromCharCode(byte), byte));

function readerOf(sign: string, byte: number): Read {
  const named = bySign.get(sign.toUpperCase());
  if (byte <= 0x20 || byte === 0x7f || byte === 0xa0) return readSpace;
  if (byte >= 0x80) return readWord;
  if (isDigit(byte)) return readNumber;
  return named ?? readWord;
}

function each(signs: string, read: Read): [string, Read][] {
  return Array.from(signs, (sign): [string, Read] => [sign, read]);
}
