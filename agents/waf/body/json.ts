// JSON: each leaf becomes an argument, named by the way to it: `json.a.0.b`. The shaping decision: a walk of our own over
// the bytes, with a stack of its own, since JSON.parse knows neither a depth bound nor what it had read before a mistake,
// and rules see both. Strict RFC 8259. It refuses depth past the bound, and names that together are far longer than the
// body: the product of depth and leaves is what an attacker would like.

import { isUtf8 } from 'node:buffer';
import { wafLimits } from '#config/limits-waf';
import { hexPair, isDigit, isHex, isLetter } from '../transform/bytes.ts';
import { bytesOf } from '../transform/scratch.ts';
import type { Argument, FoundArguments } from './argument.ts';

/** How steps into lists are written: `json.a.0`, `json.a.array_0` (libmodsecurity), `a` (ModSecurity 2.9: none at all). */
export type JsonNames = 'index' | 'array-index' | 'keys';

export interface JsonLimits {
  readonly depthMax: number; // SecRequestBodyJsonDepthLimit
  readonly argumentsMax: number; // SecArgumentsLimit
  readonly names?: JsonNames;
}

export function readJson(text: string, limits: JsonLimits): FoundArguments {
  const walk = new Walk(text, limits);
  const isText = isUtf8(walk.bytes.subarray(0, text.length));
  const error = isText ? walk.run() : 'the body is not UTF-8';
  return { arguments: walk.found, error: error === undefined ? undefined : `JSON parsing error: ${error}` };
}

interface Level {
  readonly prefix: string;
  readonly isList: boolean;
  count: number;
}

const spaces = byteSet(' \t\n\r');
const ofString = byteSet(Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join(''));
for (const byte of [...Array(0x20).keys(), 0x22, 0x5c]) ofString[byte] = 0; // control characters, the quote, escapes

function byteSet(signs: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const sign of signs) set[sign.charCodeAt(0)] = 1;
  return set;
}

const words = new Map([
  ['true', 'true'],
  ['false', 'false'],
  ['null', ''],
]);

class Walk {
  readonly found: Argument[] = [];
  readonly bytes: Buffer; // of the text, and zero bytes behind it, which are part of nothing
  readonly #text: string;
  readonly #limits: JsonLimits;
  readonly #levels: Level[] = [];
  readonly #nameBytesMax: number;
  #nameBytes = 0;
  #at = 0;

  constructor(text: string, limits: JsonLimits) {
    this.bytes = bytesOf(text);
    this.#text = text;
    this.#limits = limits;
    this.#nameBytesMax = wafLimits.nameBytesPerBodyByte * text.length + wafLimits.nameBytesLeast;
  }

  /** What is wrong, if anything. */
  run(): string | undefined {
    let error = this.#value(this.#limits.names === 'keys' ? '' : 'json');
    while (error === undefined && this.#levels.length > 0) error = this.#member(this.#levels.at(-1) as Level);
    if (error !== undefined) return error;
    this.#skipSpace();
    return this.#at < this.#text.length ? this.#unexpected() : undefined;
  }

  /** The next member of the innermost object or list, or its end. */
  #member(level: Level): string | undefined {
    this.#skipSpace();
    if (this.#take(level.isList ? 0x5d : 0x7d)) {
      this.#levels.pop();
      return undefined;
    }
    if (level.count > 0) {
      if (!this.#take(0x2c)) return this.#unexpected();
      this.#skipSpace();
    }
    level.count += 1;
    return level.isList ? this.#value(this.#listName(level)) : this.#pair(level);
  }

  #pair(level: Level): string | undefined {
    const key = this.#string();
    if (key === undefined) return this.#unexpected();
    this.#skipSpace();
    if (!this.#take(0x3a)) return this.#unexpected();
    return this.#value(level.prefix === '' ? key : `${level.prefix}.${key}`);
  }

  #listName({ prefix, count }: Level): string {
    if (this.#limits.names === 'keys') return prefix;
    return `${prefix}.${this.#limits.names === 'array-index' ? 'array_' : ''}${count - 1}`;
  }

  #value(name: string): string | undefined {
    this.#skipSpace();
    const sign = this.bytes[this.#at];
    if (sign === 0x7b || sign === 0x5b) return this.#open(name, sign === 0x5b);
    const value = sign === 0x22 ? this.#string() : (this.#word() ?? this.#number());
    return value === undefined ? this.#unexpected() : this.#add(name, value);
  }

  #open(prefix: string, isList: boolean): string | undefined {
    if (this.#levels.length >= this.#limits.depthMax) return `more than ${this.#limits.depthMax} levels`;
    this.#at += 1;
    this.#levels.push({ prefix, isList, count: 0 });
    return undefined;
  }

  #add(name: string, value: string): string | undefined {
    if (this.found.length >= this.#limits.argumentsMax) return `more than ${this.#limits.argumentsMax} arguments`;
    this.#nameBytes += name.length;
    if (this.#nameBytes > this.#nameBytesMax) return 'the names of its values are too long together';
    this.found.push({ name, value });
    return undefined;
  }

  #word(): string | undefined {
    if (!isLetter(this.bytes[this.#at] as number)) return undefined;
    for (const [word, value] of words) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return undefined;
  }

  /** As it is written. */
  #number(): string | undefined {
    const start = this.#at;
    this.#take(0x2d);
    if (!this.#take(0x30) && this.#digits() === 0) return undefined;
    if (this.#take(0x2e) && this.#digits() === 0) return undefined;
    if (this.#take(0x65) || this.#take(0x45)) {
      if (!this.#take(0x2b)) this.#take(0x2d);
      if (this.#digits() === 0) return undefined;
    }
    return this.#text.slice(start, this.#at);
  }

  #digits(): number {
    const start = this.#at;
    while (isDigit(this.bytes[this.#at] as number)) this.#at += 1;
    return this.#at - start;
  }

  /** Pieces between escapes are taken whole. `#at` stays at what is wrong. */
  #string(): string | undefined {
    if (!this.#take(0x22)) return undefined;
    let result = '';
    for (;;) {
      const start = this.#at;
      const end = this.#behindPlain(start);
      const byte = this.bytes[end];
      this.#at = end;
      if (byte !== 0x22 && byte !== 0x5c) return undefined; // control characters, and the end
      result += this.#text.slice(start, end);
      this.#at = end + 1;
      if (byte === 0x22) return result;
      const escaped = this.#escape();
      if (escaped === undefined) return undefined;
      result += escaped;
    }
  }

  #behindPlain(start: number): number {
    const { bytes } = this;
    let at = start;
    while (ofString[bytes[at] as number] === 1) at += 1;
    return at;
  }

  #escape(): string | undefined {
    const sign = this.#text.charAt(this.#at);
    if (sign === 'u') return this.#codePoint();
    const plain = escapes.get(sign);
    if (plain !== undefined) this.#at += 1;
    return plain;
  }

  /** Behind `\`: `uXXXX`, or a pair of surrogates, as the bytes of UTF-8. Half a pair is `?`, as in yajl. */
  #codePoint(): string | undefined {
    const first = this.#unit(this.#at + 1);
    if (first === undefined) return undefined;
    this.#at += 5;
    if ((first & 0xf800) !== 0xd800) return utf8Of(first);
    const second = this.#text.startsWith('\\u', this.#at) ? this.#unit(this.#at + 2) : undefined;
    if (first >= 0xdc00 || second === undefined || (second & 0xfc00) !== 0xdc00) return '?';
    this.#at += 6;
    return utf8Of(0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff));
  }

  #unit(at: number): number | undefined {
    const [a = 0, b = 0, c = 0, d = 0] = this.bytes.subarray(at, at + 4);
    return [a, b, c, d].every(isHex) ? (hexPair(a, b) << 8) | hexPair(c, d) : undefined;
  }

  #take(sign: number): boolean {
    if (this.bytes[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    while (spaces[this.bytes[this.#at] as number] === 1) this.#at += 1;
  }

  #unexpected(): string {
    return this.#at < this.#text.length ? `unexpected byte at offset ${this.#at}` : 'the body ends too early';
  }
}

const escapes = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }),
);

const utf8Of = (code: number): string => Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
