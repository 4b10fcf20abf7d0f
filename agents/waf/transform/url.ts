// Percent-encoding: `urlDecode`, `urlDecodeUni`, `urlEncode`. The shaping decision: what is no valid escape stays as it
// is, byte by byte, as in ModSecurity 2.9 (CRS looks for such leftovers itself). It refuses to decode twice.

import type { Transformation } from '../compile/rule-set.ts';
import { fullWidth, hexPair, isHex, isLetterOrDigit, lowerHexDigits, Output, whereFound } from './bytes.ts';

/** Which byte stands for a code point, for `%uXXXX`: made from a mapping file (`SecUnicodeMapFile`). */
export type UnicodeMap = ReadonlyMap<number, number>;

const percent = 0x25;
const plus = 0x2b;
const space = 0x20;

export const urlDecode: Transformation = whereFound('urlDecode', ['%', '+'], (value) => {
  const output = new Output(value.length);
  for (let at = 0; at < value.length; ) at += decodeOne(value, at, output);
  return output.text();
});

export const urlDecodeUni: Transformation = urlDecodeUniBy(undefined);

/** `urlDecodeUni`; with a map, `%uXXXX` becomes what the map says, and its low byte only where the map is silent. */
export function urlDecodeUniBy(map: UnicodeMap | undefined): Transformation {
  return whereFound('urlDecodeUni', ['%', '+'], (value) => {
    const output = new Output(value.length);
    for (let at = 0; at < value.length; ) {
      at += isWide(value, at) ? decodeWide(value, at, output, map) : decodeOne(value, at, output);
    }
    return output.text();
  });
}

export const urlEncode: Transformation = {
  name: 'urlEncode',
  apply: (value) => {
    const output = new Output(3 * value.length);
    for (let at = 0; at < value.length; at += 1) encodeOne(value.charCodeAt(at), output);
    return output.text();
  },
};

/** One character or `%XX`; how many bytes of the value it took. */
function decodeOne(value: string, at: number, output: Output): number {
  const byte = value.charCodeAt(at);
  if (byte !== percent) {
    output.put(byte === plus ? space : byte);
    return 1;
  }
  const high = value.charCodeAt(at + 1);
  const low = value.charCodeAt(at + 2);
  if (isHex(high) && isHex(low)) {
    output.put(hexPair(high, low));
    return 3;
  }
  output.put(byte);
  return 1;
}

const isWide = (value: string, at: number): boolean =>
  value.charCodeAt(at) === percent && (value.charCodeAt(at + 1) | 0x20) === 0x75;

/** `%uXXXX`, or the two characters `%u` as they are. */
function decodeWide(value: string, at: number, output: Output, map: UnicodeMap | undefined): number {
  const digits = [2, 3, 4, 5].map((offset) => value.charCodeAt(at + offset));
  if (!digits.every(isHex)) {
    output.put(percent);
    output.put(value.charCodeAt(at + 1));
    return 2;
  }
  const [first = 0, second = 0, third = 0, fourth = 0] = digits;
  const low = hexPair(third, fourth);
  const mapped = map?.get((hexPair(first, second) << 8) | low);
  output.put(mapped ?? fullWidth(first, second, low));
  return 6;
}

function encodeOne(byte: number, output: Output): void {
  if (byte === space) return output.put(plus);
  if (isLetterOrDigit(byte) || byte === 0x2a) return output.put(byte);
  output.put(percent);
  output.put(lowerHexDigits.charCodeAt(byte >> 4));
  output.put(lowerHexDigits.charCodeAt(byte & 0x0f));
}
