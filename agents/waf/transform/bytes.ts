// What every transformation is made of: the classes of bytes that C's <ctype.h> knows in its own locale, and a place to
// write the result to. The shaping decision: values are strings whose characters are bytes, a result is written into one
// buffer of a length known before, so each transformation is one pass and makes one string. It refuses to know Unicode.

import type { Transformation } from '../compile/rule-set.ts';

export const noBreakSpace = 0xa0;

/** `isspace`: blank, tab, line feed, vertical tab, form feed, carriage return. */
export const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

export const isOctal = (byte: number): boolean => byte >= 0x30 && byte <= 0x37;

export const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;

export const isLetterOrDigit = (byte: number): boolean => isDigit(byte) || isLetter(byte);

/** Not a number (past the end of a value) is no digit. */
export const isHex = (byte: number): boolean => isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);

export const toLower = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte);

/** Capitals of ASCII become small; a text without any stays the same string. */
export function asciiLower(text: string): string {
  let isAscii = true;
  let hasUpper = false;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text.charCodeAt(at);
    if (byte >= 0x80) isAscii = false;
    else if (byte >= 0x41 && byte <= 0x5a) hasUpper = true;
  }
  if (!hasUpper) return text;
  return isAscii ? text.toLowerCase() : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The byte of two hexadecimal digits. What is no digit counts as the reference has it, `hexDecode` depends on it. */
export const hexPair = (high: number, low: number): number => ((hexValue(high) << 4) + hexValue(low)) & 0xff;

export const hexValue = (digit: number): number => (digit >= 0x41 ? (digit & 0xdf) - 0x41 + 10 : digit - 0x30);

export const lowerHexDigits = '0123456789abcdef';

/** `\uFF01` to `\uFF5E` are the printable characters of ASCII once more, in full width: their low byte, 0x20 less. */
export function fullWidth(first: number, second: number, byte: number): number {
  const isFull = (first | 0x20) === 0x66 && (second | 0x20) === 0x66;
  return isFull && byte > 0 && byte < 0x5f ? byte + 0x20 : byte;
}

/** A buffer of `bytesMax` bytes to write a result to, in order. */
export class Output {
  readonly bytes: Buffer;
  length = 0;

  constructor(bytesMax: number) {
    this.bytes = Buffer.allocUnsafe(bytesMax);
  }

  put(byte: number): void {
    this.bytes[this.length++] = byte;
  }

  text(): string {
    return this.bytes.toString('latin1', 0, this.length);
  }
}

/** A transformation that changes nothing in a value without any of these characters. */
export function whereFound(
  name: string,
  triggers: readonly string[],
  change: (value: string) => string,
): Transformation {
  const apply = (value: string): string => (triggers.some((found) => value.includes(found)) ? change(value) : value);
  return { name, apply };
}

/** A transformation that goes byte by byte: what becomes of each, -1 for nothing. */
export function byteByByte(name: string, become: (byte: number) => number): Transformation {
  const table = Int16Array.from({ length: 256 }, (_, byte) => become(byte));
  return { name, apply: (value) => mapBytes(value, table) };
}

function mapBytes(value: string, table: Int16Array): string {
  const output = new Output(value.length);
  for (let at = 0; at < value.length; at += 1) {
    const byte = table[value.charCodeAt(at) & 0xff] ?? -1;
    if (byte !== -1) output.put(byte);
  }
  return output.text();
}
