// Hexadecimal digits: `hexDecode`, `hexEncode`, and `sqlHexDecode` for SQL's `0x414243`. The shaping decision: `hexDecode`
// takes any two characters for a byte, digits or not, as ModSecurity 2.9 does. It refuses one thing of the reference:
// to end at a zero byte in `sqlHexDecode`, which would hide what follows it.

import type { Transformation } from '../compile/rule-set.ts';
import { hexPair, isHex, whereFound } from './bytes.ts';
import { bytesOf, type Edit, editOf, textOf } from './scratch.ts';

export const hexDecode: Transformation = {
  name: 'hexDecode',
  apply: (value) => {
    const bytes = bytesOf(value);
    let to = 0;
    for (let at = 0; at + 1 < value.length; at += 2) {
      bytes[to++] = hexPair(bytes[at] as number, bytes[at + 1] as number);
    }
    return textOf(bytes, to);
  },
};

export const hexEncode: Transformation = {
  name: 'hexEncode',
  apply: (value) => Buffer.from(value, 'latin1').toString('hex'),
};

export const sqlHexDecode: Transformation = whereFound('sqlHexDecode', ['0x', '0X'], (value, first) => {
  const edit = editOf(value, first);
  const { bytes, end } = edit;
  for (let at = first; at < end; ) {
    const isNumber = bytes[at] === 0x30 && ((bytes[at + 1] as number) | 0x20) === 0x78;
    const behind = isNumber ? decodeNumber(edit, at + 2) : at + 2;
    if (behind > at + 2) at = behind;
    else edit.put(bytes[at++] as number);
  }
  return edit.text();
});

/** Pairs of digits, as many as there are; behind the last of them. */
function decodeNumber(edit: Edit, start: number): number {
  const { bytes } = edit;
  let at = start;
  while (isHex(bytes[at] as number) && isHex(bytes[at + 1] as number)) {
    edit.put(hexPair(bytes[at] as number, bytes[at + 1] as number));
    at += 2;
  }
  return at;
}
