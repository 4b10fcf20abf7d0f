// Every transformation by its name. The shaping decision: a name is looked up without regard to case, as in rule files.
// It refuses nothing of the reference: all are here, and both spellings of those that have two.

import type { Transformation } from '../compile/rule-set.ts';
import { base64Decode, base64DecodeExt, base64Encode } from './base64.ts';
import { removeComments, removeCommentsChar, replaceComments } from './comments.ts';
import { md5, sha1 } from './digest.ts';
import { cssDecode, escapeSeqDecode, jsDecode } from './escapes.ts';
import { hexDecode, hexEncode, sqlHexDecode } from './hex.ts';
import { htmlEntityDecode } from './html.ts';
import { normalizePath, normalizePathWin } from './path.ts';
import {
  cmdLine,
  length,
  lowercase,
  none,
  parityEven7bit,
  parityOdd7bit,
  parityZero7bit,
  uppercase,
} from './reshape.ts';
import { compressWhitespace, removeNulls, removeWhitespace, replaceNulls, trim, trimLeft, trimRight } from './space.ts';
import { urlDecode, urlDecodeUni, urlEncode } from './url.ts';
import { utf8toUnicode } from './utf8.ts';

const transformations: readonly Transformation[] = [
  base64Decode,
  base64DecodeExt,
  base64Encode,
  cmdLine,
  compressWhitespace,
  cssDecode,
  escapeSeqDecode,
  hexDecode,
  hexEncode,
  htmlEntityDecode,
  jsDecode,
  length,
  lowercase,
  md5,
  none,
  normalizePath,
  { ...normalizePath, name: 'normalisePath' },
  normalizePathWin,
  { ...normalizePathWin, name: 'normalisePathWin' },
  parityEven7bit,
  parityOdd7bit,
  parityZero7bit,
  removeComments,
  removeCommentsChar,
  removeNulls,
  removeWhitespace,
  replaceComments,
  replaceNulls,
  sha1,
  sqlHexDecode,
  trim,
  trimLeft,
  trimRight,
  uppercase,
  urlDecode,
  urlDecodeUni,
  urlEncode,
  utf8toUnicode,
];

const byName = new Map(transformations.map((one) => [one.name.toLowerCase(), one]));

export const transformationNames: readonly string[] = transformations.map(({ name }) => name);

export function transformationByName(name: string): Transformation | undefined {
  return byName.get(name.toLowerCase());
}
