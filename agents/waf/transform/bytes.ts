// What every transformation is made of: the classes of bytes that C's <ctype.h> knows in its own locale, and the shapes
// that most have. The shaping decision: values are strings whose characters are bytes, and each transformation is one pass
// over them (scratch.ts) that makes one string, or none where nothing changes. It refuses to know Unicode.

import type { Transformation } from '../compile/rule-set.ts';
import { bytesOf, textOf, wordsOf } from './scratch.ts';

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
  if (text.length > byCharacterMax) return lowerByWords(text);
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

const byCharacterMax = 16; // of a longer text it pays to have its bytes in a buffer

/**
 * Four bytes at a time, without a branch. In each, `(b & 0x7f) + 0x3f` has its upper bit for `A` and above, `+ 0x25` for
 * what is past `Z`, and nothing is carried over to the next; who has the first alone, and was ASCII, is a capital.
 */
function lowerByWords(text: string): string {
  const bytes = bytesOf(text);
  const words = wordsOf(bytes);
  const wordCount = (text.length + 3) >>> 2;
  let capitals = 0;
  for (let at = 0; at < wordCount; at += 1) {
    const word = words[at] as number;
    const low = word & 0x7f7f7f7f;
    const upper = ((low + 0x3f3f3f3f) ^ (low + 0x25252525)) & ~word & 0x80808080;
    capitals |= upper;
    words[at] = word | (upper >>> 2);
  }
  return capitals === 0 ? text : textOf(bytes, text.length);
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

/** A transformation that changes nothing in a value without any of these texts. `first`: where the first of them stands. */
export function whereFound(
  name: string,
  triggers: readonly string[],
  change: (value: string, first: number) => string,
): Transformation {
  const apply = (value: string): string => {
    let first = -1;
    for (const trigger of triggers) {
      const at = value.indexOf(trigger);
      if (at !== -1 && (first === -1 || at < first)) first = at;
    }
    return first === -1 ? value : change(value, first);
  };
  return { name, apply };
}

/** A transformation that goes byte by byte: what becomes of each, -1 for nothing. */
export function byteByByte(name: string, become: (byte: number) => number): Transformation {
  const table = Int16Array.from({ length: 256 }, (_, byte) => become(byte));
  return { name, apply: (value) => mapBytes(value, table) };
}

function mapBytes(value: string, table: Int16Array): string {
  const bytes = bytesOf(value);
  const end = value.length;
  let [to, changed] = [0, 0];
  for (let at = 0; at < end; at += 1) {
    const before = bytes[at] as number;
    const after = table[before] as number;
    changed |= before ^ after;
    if (after !== -1) bytes[to++] = after;
  }
  return changed === 0 ? value : textOf(bytes, to);
}
