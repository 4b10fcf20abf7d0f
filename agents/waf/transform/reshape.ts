// Small changes that need no file of their own: case, `length`, `none`, parity bits, and `cmdLine`, which undoes what a
// shell ignores. The shaping decision: case is ASCII's alone, since bytes above it have none. It refuses to end at a
// zero byte, where the reference's `cmdLine` ends and what follows is not seen.

import type { Transformation } from '../compile/rule-set.ts';
import { asciiLower, byteByByte, toLower } from './bytes.ts';
import { bytesOf, textOf } from './scratch.ts';

export const none: Transformation = { name: 'none', apply: (value) => value };

/** Most values have no capitals, and stay the string that they are. */
export const lowercase: Transformation = { name: 'lowercase', apply: asciiLower };
export const uppercase: Transformation = byteByByte('uppercase', (byte) =>
  byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte,
);

/** The number of bytes, in decimal. */
export const length: Transformation = { name: 'length', apply: (value) => String(value.length) };

export const parityZero7bit: Transformation = byteByByte('parityZero7bit', (byte) => byte & 0x7f);
export const parityEven7bit: Transformation = byteByByte('parityEven7bit', (byte) => withParity(byte, isOdd(byte)));
export const parityOdd7bit: Transformation = byteByByte('parityOdd7bit', (byte) => withParity(byte, !isOdd(byte)));

function withParity(byte: number, isSet: boolean): number {
  return isSet ? byte | 0x80 : byte & 0x7f;
}

/** Of all eight bits, the one that is about to be replaced among them: the reference's way. */
function isOdd(byte: number): boolean {
  let rest = byte;
  let odd = false;
  for (; rest !== 0; rest &= rest - 1) odd = !odd;
  return odd;
}

const blank = 0x20;
const drop = 0;
const separate = 1;

/** By byte: a small letter or what stays as it is, 0 where it goes, 1 for what separates words. */
const commandBytes = Uint8Array.from({ length: 256 }, (_, byte) => {
  if ('"\'\\^'.includes(String.fromCharCode(byte))) return drop;
  return ' ,;\t\r\n'.includes(String.fromCharCode(byte)) ? separate : toLower(byte);
});

/** Quotes, backslashes and carets go; separators become one blank, none before `/` and `(`; letters become small. */
export const cmdLine: Transformation = {
  name: 'cmdLine',
  apply: (value) => {
    const bytes = bytesOf(value);
    const end = value.length;
    const first = plainUntil(bytes, end);
    if (first === end) return value;
    let to = first;
    let wasBlank = first > 0 && bytes[first - 1] === blank;
    for (let at = first; at < end; at += 1) {
      const before = bytes[at] as number;
      const byte = commandBytes[before] as number;
      if (byte > separate || before <= separate) {
        if (wasBlank && isBoundary(byte)) to -= 1;
        bytes[to++] = byte;
        wasBlank = false;
      } else if (byte === separate) {
        if (!wasBlank) bytes[to++] = blank;
        wasBlank = true;
      }
    }
    return textOf(bytes, to);
  },
};

const isBoundary = (byte: number): boolean => byte === 0x2f || byte === 0x28;

/** Where the first byte is that may change something: small letters and single blanks do not. */
function plainUntil(bytes: Buffer, end: number): number {
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte === blank) {
      const next = bytes[at + 1] as number; // behind the value it is 0
      if (commandBytes[next] !== next || isBoundary(next)) return at;
    } else if (commandBytes[byte] !== byte) return at;
  }
  return end;
}
