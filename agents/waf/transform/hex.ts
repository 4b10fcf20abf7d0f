// Hexadecimal digits: `hexDecode`, `hexEncode`, and `sqlHexDecode` for SQL's `0x414243`. The shaping decision: `hexDecode`
// takes any two characters for a byte, digits or not, as ModSecurity 2.9 does. It refuses one thing of the reference:
// to end at a zero byte in `sqlHexDecode`, which would hide what follows it.

import type { Transformation } from '../compile/rule-set.ts';
import { hexPair, isHex, Output, whereFound } from './bytes.ts';

export const hexDecode: Transformation = {
  name: 'hexDecode',
  apply: (value) => {
    const output = new Output(value.length >> 1);
    for (let at = 0; at + 1 < value.length; at += 2) {
      output.put(hexPair(value.charCodeAt(at), value.charCodeAt(at + 1)));
    }
    return output.text();
  },
};

export const hexEncode: Transformation = {
  name: 'hexEncode',
  apply: (value) => Buffer.from(value, 'latin1').toString('hex'),
};

export const sqlHexDecode: Transformation = whereFound('sqlHexDecode', ['0x', '0X'], (value) => {
  const output = new Output(value.length);
  for (let at = 0; at < value.length; ) {
    const isNumber = value.charCodeAt(at) === 0x30 && (value.charCodeAt(at + 1) | 0x20) === 0x78;
    const end = isNumber ? decodeNumber(value, at + 2, output) : at + 2;
    if (end > at + 2) at = end;
    else output.put(value.charCodeAt(at++));
  }
  return output.text();
});

/** Pairs of digits, as many as there are; behind the last of them. */
function decodeNumber(value: string, start: number, output: Output): number {
  let at = start;
  while (isHex(value.charCodeAt(at)) && isHex(value.charCodeAt(at + 1))) {
    output.put(hexPair(value.charCodeAt(at), value.charCodeAt(at + 1)));
    at += 2;
  }
  return at;
}
