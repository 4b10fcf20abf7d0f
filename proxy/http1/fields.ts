// Values of the headers that frame a message, read the same way in requests and replies.

import { space, tab } from './bytes.ts';
import { hyphenated } from './header-names.ts';

/** A plain decimal number below 2^53 in `bytes[start, end)`, else -1: no sign, no blank, no list, nothing empty. */
export function decimalOf(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > digitsMax) return -1;
  let number = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = 10 * number + digit;
  }
  return number <= Number.MAX_SAFE_INTEGER ? number : -1;
}

const digitsMax = 16; // 2^53 has 16

export interface ConnectionOptions {
  readonly closes: boolean;
  readonly keeps: boolean; // says `keep-alive`, which matters in HTTP/1.0 alone
  readonly names: readonly string[]; // in lower case, without `close` and `keep-alive`
}

const keepsOpen: ConnectionOptions = { closes: false, keeps: true, names: [] };
const closesIt: ConnectionOptions = { closes: true, keeps: false, names: [] };

/** The options of one `Connection` header, or `undefined` if it is malformed or names what frames the message. */
export function connectionOptions(value: string): ConnectionOptions | undefined {
  if (value === 'keep-alive' || value === 'Keep-Alive') return keepsOpen;
  if (value === 'close') return closesIt;
  let [closes, keeps] = [false, false];
  const names: string[] = [];
  for (const part of value.toLowerCase().split(',')) {
    const word = withoutBlanks(part);
    if (word === 'close') closes = true;
    else if (word === 'keep-alive') keeps = true;
    else if (word !== '' && (!token.test(word) || unnameable.has(hyphenated(word)))) return undefined;
    else if (word !== '') names.push(word);
  }
  return { closes, keeps, names };
}

/** By hand: `trim` takes more than blanks, and an expression for the end tries again at each of 16,000 blanks (0.5 s). */
function withoutBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === space || code === tab;
}

/** The members of a list, in lower case; empty ones do not count (RFC 9110 section 5.6.1). */
export function wordsOf(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map(withoutBlanks)
    .filter((word) => word !== '');
}

const token = /^[\w!#$%&'*+.^`|~-]+$/;

// Removed on request, they would leave a message that frames or routes differently from what was judged.
const unnameable = new Set(['host', 'content-length', 'transfer-encoding']);
