// Percent-encoding: `urlDecode`, `urlDecodeUni`, `urlEncode`. The shaping decision: what is no valid escape stays as it
// is, byte by byte, as in ModSecurity 2.9 (CRS looks for such leftovers itself). It refuses to decode twice.

import type { Transformation } from '../compile/rule-set.ts';
import { fullWidth, hexPair, isHex, isLetterOrDigit, lowerHexDigits, whereFound } from './bytes.ts';
import { bytesOf, Output, textOf } from './scratch.ts';

/** Which byte stands for a code point, for `%uXXXX`: made from a mapping file (`SecUnicodeMapFile`). */
export type UnicodeMap = ReadonlyMap<number, number>;

const percent = 0x25;
const plus = 0x2b;
const space = 0x20;

export const urlDecode: Transformation = whereFound('urlDecode', ['%', '+'], (value, first) =>
  decoded(value, first, false, undefined),
);

export const urlDecodeUni: Transformation = urlDecodeUniBy(undefined);

/** `urlDecodeUni`; with a map, `%uXXXX` becomes what the map says, and its low byte only where the map is silent. */
export function urlDecodeUniBy(map: UnicodeMap | undefined): Transformation {
  return whereFound('urlDecodeUni', ['%', '+'], (value, first) => decoded(value, first, true, map));
}

/** What is behind the value is no digit, so an escape that is cut off stays. */
function decoded(value: string, first: number, isUni: boolean, map: UnicodeMap | undefined): string {
  const bytes = bytesOf(value);
  const end = value.length;
  if (!value.includes('%')) return textOf(withBlanks(bytes, first, end), end);
  let to = first;
  for (let at = first; at < end; to += 1) {
    const byte = bytes[at] as number;
    if (byte !== percent) {
      bytes[to] = byte === plus ? space : byte;
      at += 1;
    } else if (pairAt(bytes, at + 1) >= 0) {
      bytes[to] = pairAt(bytes, at + 1);
      at += 3;
    } else if (isUni && isWide(bytes, at)) {
      bytes[to] = wideByte(bytes, at + 2, map);
      at += 6;
    } else {
      bytes[to] = percent;
      at += 1;
    }
  }
  return textOf(bytes, to);
}

function withBlanks(bytes: Buffer, first: number, end: number): Buffer {
  for (let at = first; at < end; at += 1) if (bytes[at] === plus) bytes[at] = space;
  return bytes;
}

const digits = Int16Array.from({ length: 256 }, (_, byte) => (isHex(byte) ? hexPair(0x30, byte) : -1));

/** The byte of two digits, or less than 0. */
const pairAt = (bytes: Buffer, at: number): number =>
  ((digits[bytes[at] as number] as number) << 4) | (digits[bytes[at + 1] as number] as number);

/** `%uXXXX`. */
const isWide = (bytes: Buffer, at: number): boolean =>
  ((bytes[at + 1] as number) | 0x20) === 0x75 && pairAt(bytes, at + 2) >= 0 && pairAt(bytes, at + 4) >= 0;

function wideByte(bytes: Buffer, at: number, map: UnicodeMap | undefined): number {
  const [first = 0, second = 0] = [bytes[at], bytes[at + 1]];
  const low = pairAt(bytes, at + 2);
  return map?.get((pairAt(bytes, at) << 8) | low) ?? fullWidth(first, second, low);
}

export const urlEncode: Transformation = {
  name: 'urlEncode',
  apply: (value) => {
    const bytes = bytesOf(value);
    const output = new Output(3 * value.length);
    for (let at = 0; at < value.length; at += 1) encodeOne(bytes[at] as number, output);
    return output.text();
  },
};

function encodeOne(byte: number, output: Output): void {
  if (byte === space) return output.put(plus);
  if (isLetterOrDigit(byte) || byte === 0x2a) return output.put(byte);
  output.put(percent);
  output.put(lowerHexDigits.charCodeAt(byte >> 4));
  output.put(lowerHexDigits.charCodeAt(byte & 0x0f));
}
