// `base64Decode`, `base64DecodeExt`, `base64Encode`. The shaping decision: as in ModSecurity 2.9 the plain one decodes
// what comes before the first character that is no digit of Base64, the other one steps over such characters. Both
// know the standard digits alone. Node's decoder is not asked: it takes the digits of URLs too, and steps over others.

import type { Transformation } from '../compile/rule-set.ts';
import { Output } from './bytes.ts';

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const digitValues = Int8Array.from({ length: 256 }, (_, byte) => digits.indexOf(String.fromCharCode(byte)));
const pad = 0x3d;

export const base64Decode: Transformation = {
  name: 'base64Decode',
  apply: (value) => {
    let end = 0;
    while (end < value.length && digitAt(value, end) >= 0) end += 1;
    return decode(value, end);
  },
};

export const base64DecodeExt: Transformation = {
  name: 'base64DecodeExt',
  apply: (value) => {
    const zero = value.indexOf('\0');
    const end = zero === -1 ? value.length : zero; // the reference ends there
    return isBadlyPadded(value, end) ? '' : decode(value, end);
  },
};

export const base64Encode: Transformation = {
  name: 'base64Encode',
  apply: (value) => Buffer.from(value, 'latin1').toString('base64'),
};

const digitAt = (value: string, at: number): number => digitValues[value.charCodeAt(at) & 0xff] ?? -1;

/** Four digits are three bytes; bits that fill no byte at the end are dropped. */
function decode(value: string, end: number): string {
  const output = new Output(end);
  let bits = 0;
  let bitCount = 0;
  for (let at = 0; at < end; at += 1) {
    const digit = digitAt(value, at);
    if (digit < 0) continue;
    bits = ((bits << 6) | digit) & 0xffff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    output.put((bits >> bitCount) & 0xff);
  }
  return output.text();
}

/** A single `=` where one digit of four has been read: the reference gives up and returns nothing. */
function isBadlyPadded(value: string, end: number): boolean {
  let count = 0;
  for (let at = 0; at < end; at += 1) {
    if (digitAt(value, at) >= 0) count += 1;
    else if (value.charCodeAt(at) === pad && count % 4 === 1 && value.charCodeAt(at + 1) !== pad) return true;
  }
  return value.charCodeAt(end - 1) === pad && count % 4 === 1;
}
