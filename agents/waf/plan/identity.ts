// Which bytes a value must hold for a transformation to change it. Most values hold none of them, so most chains of
// transformations end where they began, and one scan of the value does for all of them. A transformation that is not
// listed may change anything. Property tests hold each line against the transformation itself.

import type { Transformation } from '../compile/rule-set.ts';
import { bytesOf, everyByte, type Mask, maskOf } from './byte-classes.ts';

const range = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

const space = range(0x09, 0x0d);
const blanks = [0x20, ...space];
const wide = [...blanks, 0xa0];
const high = range(0x80, 0xff);
const upper = range(0x41, 0x5a);

const triggers: Readonly<Record<string, readonly number[]>> = {
  none: [],
  urlDecode: bytesOf('%+'),
  urlDecodeUni: bytesOf('%+'),
  htmlEntityDecode: bytesOf('&'),
  jsDecode: bytesOf('\\'),
  cssDecode: bytesOf('\\'),
  escapeSeqDecode: bytesOf('\\'),
  removeNulls: [0],
  replaceNulls: [0],
  utf8toUnicode: [0, ...high],
  lowercase: upper,
  compressWhitespace: wide,
  removeWhitespace: wide,
  replaceComments: bytesOf('*'),
  removeComments: bytesOf('*-#'),
  removeCommentsChar: bytesOf('*-#'),
  normalizePath: bytesOf('/.'),
  normalisePath: bytesOf('/.'),
  normalizePathWin: bytesOf('/.\\'),
  normalisePathWin: bytesOf('/.\\'),
  cmdLine: [...bytesOf('"\'\\^,;'), ...blanks, ...upper],
  trim: blanks,
  trimLeft: blanks,
  trimRight: blanks,
  parityZero7bit: high,
};

export const changedBy = ({ name }: Transformation): Mask => {
  const bytes = Object.hasOwn(triggers, name) ? triggers[name] : undefined;
  return bytes === undefined ? everyByte : maskOf(bytes);
};
