// `base64Decode`, `base64DecodeExt`, `base64Encode`. The shaping decision: as in ModSecurity 2.9 the plain one decodes
// what comes before the first character that is no digit of Base64, the other one steps over such characters. Both
// know the standard digits alone. Node's decoder is not asked: it takes the digits of URLs too, and steps over others.

import type { Transformation } from '../compile/rule-set.ts';
import { bytesOf, textOf } from './scratch.ts';

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const digitValues = Int8Array.from({ length: 256 }, (_, byte) => digits.indexOf(String.fromCharCode(byte)));
const pad = 0x3d;

export const base64Decode: Transformation = {
  name: 'base64Decode',
  apply: (value) => {
    const bytes = bytesOf(value); // the zero byte behind it is no digit
    let end = 0;
    while ((digitValues[bytes[end] as number] as number) >= 0) end += 1;
    return decode(bytes, end);
  },
};

export const base64DecodeExt: Transformation = {
  name: 'base64DecodeExt',
  apply: (value) => {
    const zero = value.indexOf('\0');
    const end = zero === -1 ? value.length : zero; // the reference ends there
    const bytes = bytesOf(value);
    return isBadlyPadded(bytes, end) ? '' : decode(bytes, end);
  },
};

export const base64Encode: Transformation = {
  name: 'base64Encode',
  apply: (value) => Buffer.from(value, 'latin1').toString('base64'),
};

/** Four digits are three bytes, written where the digits were; bits that fill no byte at the end are dropped. */
function decode(bytes: Buffer, end: number): string {
  let [at, bits, bitCount, length] = [0, 0, 0, 0];
  for (; at + 4 <= end; at += 4) {
    const four = fourDigits(bytes, at);
    if (four < 0) break;
    bytes[length++] = four >> 16;
    bytes[length++] = four >> 8;
    bytes[length++] = four;
  }
  for (; at < end; at += 1) {
    const digit = digitValues[bytes[at] as number] as number;
    if (digit < 0) continue;
    bits = ((bits << 6) | digit) & 0xffff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[length++] = bits >> bitCount;
  }
  return length === 0 ? '' : textOf(bytes, length);
}

/** Less than zero where one of them is none. */
function fourDigits(bytes: Buffer, at: number): number {
  const first = digitValues[bytes[at] as number] as number;
  const second = digitValues[bytes[at + 1] as number] as number;
  const third = digitValues[bytes[at + 2] as number] as number;
  return (first << 18) | (second << 12) | (third << 6) | (digitValues[bytes[at + 3] as number] as number);
}

/** A single `=` where one digit of four has been read: the reference gives up and returns nothing. */
function isBadlyPadded(bytes: Buffer, end: number): boolean {
  let count = 0;
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at] as number;
    if ((digitValues[byte] as number) >= 0) count += 1;
    else if (byte === pad && count % 4 === 1 && bytes[at + 1] !== pad) return true;
  }
  return false;
}
