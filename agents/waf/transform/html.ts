// `htmlEntityDecode`: numbers, and the five names that ModSecurity 2.9 knows. The shaping decision: a number becomes its
// low byte, whatever its size, and the semicolon may be missing. It refuses other names: they stay as they are, and
// CRS's expressions look for them.

import type { Transformation } from '../compile/rule-set.ts';
import { isDigit, isHex, isLetterOrDigit, noBreakSpace, Output, whereFound } from './bytes.ts';

interface Entity {
  readonly byte: number;
  readonly end: number; // behind the last character of the number or name
}

const names = new Map([
  ['quot', 0x22],
  ['amp', 0x26],
  ['lt', 0x3c],
  ['gt', 0x3e],
  ['nbsp', noBreakSpace],
]);
const nameCharactersMax = 4;
const largest = 0x7fff_ffff_ffff_ffffn; // what C's strtol answers for a number past it; its low byte is 0xff

export const htmlEntityDecode: Transformation = whereFound('htmlEntityDecode', ['&'], (value) => {
  const output = new Output(value.length);
  for (let at = 0; at < value.length; ) {
    const byte = value.charCodeAt(at);
    const entity = byte === 0x26 ? readEntity(value, at + 1) : undefined;
    output.put(entity?.byte ?? byte);
    at = entity === undefined ? at + 1 : entity.end + (value.charCodeAt(entity.end) === 0x3b ? 1 : 0);
  }
  return output.text();
});

function readEntity(value: string, at: number): Entity | undefined {
  if (value.charCodeAt(at) !== 0x23) return readName(value, at);
  const isHexadecimal = (value.charCodeAt(at + 1) | 0x20) === 0x78;
  return isHexadecimal ? readNumber(value, at + 2, isHex, 16) : readNumber(value, at + 1, isDigit, 10);
}

function readNumber(value: string, start: number, isOne: (byte: number) => boolean, base: 10 | 16): Entity | undefined {
  let end = start;
  while (isOne(value.charCodeAt(end))) end += 1;
  return end === start ? undefined : { byte: lowByte(value, start, end, base), end };
}

/** Only the significant digits are looked at, and no more than a number that fits may have: any length is linear. */
function lowByte(value: string, start: number, end: number, base: 10 | 16): number {
  let first = start;
  while (first < end && value.charCodeAt(first) === 0x30) first += 1;
  if (first === end) return 0;
  if (end - first > 19) return 0xff;
  const number = BigInt((base === 16 ? '0x' : '') + value.slice(first, end));
  return Number((number > largest ? largest : number) & 0xffn);
}

/** A longer run of letters than the longest name is none of them. */
function readName(value: string, start: number): Entity | undefined {
  let end = start;
  while (end <= start + nameCharactersMax && isLetterOrDigit(value.charCodeAt(end))) end += 1;
  const byte = names.get(value.slice(start, end).toLowerCase());
  return byte === undefined ? undefined : { byte, end };
}
