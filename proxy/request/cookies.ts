// One cookie of a request, found without making the others. Names are compared as they are (RFC 6265 section 5.4: upper
// and lower case differ); of several with one name the first counts, which is the one with the most specific path.

import { equalsLower } from '../http1/bytes.ts';
import type { HeaderLines } from '../http1/header-lines.ts';

export function cookieOf(lines: HeaderLines, name: string): string | undefined {
  for (let index = 0; index < lines.count; index += 1) {
    if (!equalsLower(lines.bytes, lines.nameStart(index), lines.nameEnd(index), cookie)) continue;
    const value = cookieIn(lines.value(index), name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The first value of a header, by its name in lower case. */
export function headerOf(lines: HeaderLines, lowerName: Buffer): string | undefined {
  for (let index = 0; index < lines.count; index += 1) {
    if (equalsLower(lines.bytes, lines.nameStart(index), lines.nameEnd(index), lowerName)) return lines.value(index);
  }
  return undefined;
}

const cookie = Buffer.from('cookie');

/** `a=1; b=2`: blanks stand only behind a semicolon. */
function cookieIn(pairs: string, name: string): string | undefined {
  for (let at = pairs.indexOf(name); at !== -1; at = pairs.indexOf(name, at + 1)) {
    const isStart = at === 0 || pairs[at - 1] === ' ' || pairs[at - 1] === ';';
    if (!isStart || pairs[at + name.length] !== '=') continue;
    const start = at + name.length + 1;
    const end = pairs.indexOf(';', start);
    return unquoted(pairs.slice(start, end === -1 ? pairs.length : end));
  }
  return undefined;
}

/** A value may stand in quotes (RFC 6265 section 4.1.1). */
function unquoted(value: string): string {
  const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
  return isQuoted ? value.slice(1, -1) : value;
}
