// SecUnicodeMapFile: which byte a code point becomes when `%uXXXX` is decoded, from a file of ModSecurity's form: a line
// that begins with the number of a code page, and in the next line `00e9:65` for each code point. It refuses to guess: a
// file without the page that is asked for is no map.

import { type UnicodeMap, urlDecodeUniBy } from '../transform/url.ts';
import type { Transformation } from './rule-set.ts';

export function parseUnicodeMap(text: string, codePage: string): UnicodeMap | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const title = lines.findIndex((line) => line.split(/\s/, 1)[0] === codePage);
  const pairs = title === -1 ? [] : (lines.slice(title + 1).find((line) => line !== '') ?? '').split(/\s+/);
  const map = new Map(pairs.map(pairOf).filter((pair) => pair !== undefined));
  return map.size === 0 ? undefined : map;
}

function pairOf(text: string): readonly [number, number] | undefined {
  const [, point, byte] = /^([0-9A-Fa-f]{4}):([0-9A-Fa-f]{2})$/.exec(text) ?? [];
  return point === undefined || byte === undefined
    ? undefined
    : [Number.parseInt(point, 16), Number.parseInt(byte, 16)];
}

/** The transformations of a rule, with `urlDecodeUni` by the map. */
export function decodedBy(map: UnicodeMap): (transformations: readonly Transformation[]) => readonly Transformation[] {
  const mapped = urlDecodeUniBy(map);
  return (transformations) => transformations.map((one) => (one.name === mapped.name ? mapped : one));
}
