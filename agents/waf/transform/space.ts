// White space and zero bytes: removed, replaced, trimmed. The shaping decision: white space is C's and, where the
// reference has it, the no-break space of Latin-1. It refuses Unicode's other spaces: values are bytes.

import type { Transformation } from '../compile/rule-set.ts';
import { byteByByte, isSpace, noBreakSpace, Output, whereFound } from './bytes.ts';

const isWide = (byte: number): boolean => isSpace(byte) || byte === noBreakSpace;

export const removeWhitespace: Transformation = byteByByte('removeWhitespace', (byte) => (isWide(byte) ? -1 : byte));

/** A run of white space becomes one blank. */
export const compressWhitespace: Transformation = {
  name: 'compressWhitespace',
  apply: (value) => {
    const output = new Output(value.length);
    let wasSpace = false;
    for (let at = 0; at < value.length; at += 1) {
      const byte = value.charCodeAt(at);
      const isOne = isWide(byte);
      if (!isOne) output.put(byte);
      else if (!wasSpace) output.put(0x20);
      wasSpace = isOne;
    }
    return output.text();
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
