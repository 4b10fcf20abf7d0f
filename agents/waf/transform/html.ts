// `htmlEntityDecode`: numbers, and the five names that ModSecurity 2.9 knows. The shaping decision: a number becomes its
// low byte, whatever its size, and the semicolon may be missing. It refuses other names: they stay as they are, and
// CRS's expressions look for them.

import type { Transformation } from '../compile/rule-set.ts';
import { hexValue, isDigit, isHex, isLetterOrDigit, noBreakSpace, whereFound } from './bytes.ts';
import { bytesOf, textOf } from './scratch.ts';

const ampersand = 0x26;
const semicolon = 0x3b;
const names: readonly (readonly [name: string, byte: number])[] = [
  ['quot', 0x22],
  ['amp', ampersand],
  ['lt', 0x3c],
  ['gt', 0x3e],
  ['nbsp', noBreakSpace],
];

export const htmlEntityDecode: Transformation = whereFound('htmlEntityDecode', ['&'], (value, first) => {
  const bytes = bytesOf(value);
  const end = value.length;
  const start = firstEntity(value, bytes, first);
  if (start === -1) return value;
  let to = start;
  for (let at = start; at < end; to += 1) {
    const byte = bytes[at] as number;
    const entityEnd = byte === ampersand ? readEntity(bytes, at + 1) : 0;
    bytes[to] = entityEnd === 0 ? byte : entityByte;
    at = entityEnd === 0 ? at + 1 : entityEnd + (bytes[entityEnd] === semicolon ? 1 : 0);
  }
  return textOf(bytes, to);
});

/** Most ampersands stand between the fields of a form. -1: there is none. */
function firstEntity(value: string, bytes: Buffer, first: number): number {
  let at = first;
  while (at !== -1 && readEntity(bytes, at + 1) === 0) at = value.indexOf('&', at + 1);
  return at;
}

/** What the entity that was read last stands for. */
let entityByte = 0;

/** Behind the last character of the number or name; 0: there is none. */
function readEntity(bytes: Buffer, at: number): number {
  if (bytes[at] !== 0x23) return readName(bytes, at);
  const isHexadecimal = ((bytes[at + 1] as number) | 0x20) === 0x78;
  return isHexadecimal ? readNumber(bytes, at + 2, isHex, 16) : readNumber(bytes, at + 1, isDigit, 10);
}

const largest = 2n ** 63n - 1n; // what C's strtol answers for a number past it; its low byte is 0xff
const exactMax = 2 ** 48; // further digits still make an exact number

/** A number of any length is read in one pass: past the largest, digits change nothing. */
function readNumber(bytes: Buffer, start: number, isOne: (byte: number) => boolean, base: 10 | 16): number {
  let [end, number] = [start, 0];
  for (; isOne(bytes[end] as number); end += 1) {
    if (number < exactMax) number = base * number + hexValue(bytes[end] as number);
    else return readLongNumber(bytes, end, isOne, base, number);
  }
  entityByte = number % 256;
  return end === start ? 0 : end;
}

function readLongNumber(
  bytes: Buffer,
  from: number,
  isOne: (byte: number) => boolean,
  base: 10 | 16,
  before: number,
): number {
  let [end, number] = [from, BigInt(before)];
  for (; isOne(bytes[end] as number); end += 1) {
    if (number <= largest) number = BigInt(base) * number + BigInt(hexValue(bytes[end] as number));
  }
  entityByte = Number((number > largest ? largest : number) & 0xffn);
  return end;
}

/** Only a whole run of letters and digits is a name. */
function readName(bytes: Buffer, start: number): number {
  for (const [name, byte] of names) {
    const end = start + name.length;
    if (!isNameAt(bytes, start, name) || isLetterOrDigit(bytes[end] as number)) continue;
    entityByte = byte;
    return end;
  }
  return 0;
}

function isNameAt(bytes: Buffer, start: number, name: string): boolean {
  for (let at = 0; at < name.length; at += 1) {
    if (((bytes[start + at] as number) | 0x20) !== name.charCodeAt(at)) return false;
  }
  return true;
}
