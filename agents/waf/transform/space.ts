// White space and zero bytes: removed, replaced, trimmed. The shaping decision: white space is C's and, where the
// reference has it, the no-break space of Latin-1. It refuses Unicode's other spaces: values are bytes.

import type { Transformation } from '../compile/rule-set.ts';
import { byteByByte, isSpace, noBreakSpace, whereFound } from './bytes.ts';
import { bytesOf, textOf } from './scratch.ts';

const isWide = (byte: number): boolean => isSpace(byte) || byte === noBreakSpace;

const wide = Uint8Array.from({ length: 256 }, (_, byte) => (isWide(byte) ? 1 : 0));

export const removeWhitespace: Transformation = byteByByte('removeWhitespace', (byte) => (isWide(byte) ? -1 : byte));

/** A run of white space becomes one blank. */
export const compressWhitespace: Transformation = {
  name: 'compressWhitespace',
  apply: (value) => {
    const bytes = bytesOf(value);
    const end = value.length;
    let [to, changed] = [0, 0];
    let wasSpace = false;
    for (let at = 0; at < end; at += 1) {
      const byte = bytes[at] as number;
      const isOne = wide[byte] === 1;
      if (!isOne) bytes[to++] = byte;
      else if (!wasSpace) {
        changed |= byte ^ 0x20;
        bytes[to++] = 0x20;
      }
      wasSpace = isOne;
    }
    return changed === 0 && to === end ? value : textOf(bytes, to);
  },
};

export const removeNulls: Transformation = whereFound('removeNulls', ['\0'], (value) => value.replaceAll('\0', ''));
export const replaceNulls: Transformation = whereFound('replaceNulls', ['\0'], (value) => value.replaceAll('\0', ' '));

export const trimLeft: Transformation = { name: 'trimLeft', apply: (value) => value.slice(leftOf(value)) };
export const trimRight: Transformation = { name: 'trimRight', apply: (value) => value.slice(0, rightOf(value)) };
export const trim: Transformation = {
  name: 'trim',
  apply: (value) => value.slice(leftOf(value), Math.max(leftOf(value), rightOf(value))),
};

function leftOf(value: string): number {
  let at = 0;
  while (isSpace(value.charCodeAt(at))) at += 1;
  return at;
}

function rightOf(value: string): number {
  let end = value.length;
  while (end > 0 && isSpace(value.charCodeAt(end - 1))) end -= 1;
  return end;
}
