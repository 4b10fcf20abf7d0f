// `utf8toUnicode`: each sequence of UTF-8 becomes `%uXXXX`, for `urlDecodeUni` behind it. The shaping decision: what
// ModSecurity 2.9 does with broken sequences, byte for byte: a lead byte without its followers goes, a follower without
// its lead stays, a zero byte goes. It refuses to judge: `@validateUtf8Encoding` does that.

import type { Transformation } from '../compile/rule-set.ts';
import { lowerHexDigits } from './bytes.ts';
import { bytesOf, Output } from './scratch.ts';

const growth = 7; // the most that comes of one byte that leads two: an escape of six, and the byte itself

export const utf8toUnicode: Transformation = {
  name: 'utf8toUnicode',
  apply: (value) => {
    const bytes = bytesOf(value);
    const plain = plainUntil(bytes, value.length);
    return plain === value.length ? value : rewrite(bytes, plain, value.length);
  },
};

/** Where the first byte is that is zero or no ASCII. */
function plainUntil(bytes: Buffer, end: number): number {
  let at = 0;
  while (at < end && bytes[at] !== 0 && (bytes[at] as number) < 0x80) at += 1;
  return at;
}

function rewrite(bytes: Buffer, plain: number, end: number): string {
  const output = new Output(plain + growth * (end - plain));
  output.length = bytes.copy(output.bytes, 0, 0, plain);
  for (let at = plain; at < end; ) {
    const byte = bytes[at] as number;
    const length = lengthBy(byte);
    if ((length === 1 && byte !== 0) || byte >= 0xf5) output.put(byte);
    const code = length > 1 ? codeAt(bytes, at, length) : noCode;
    if (code !== noCode) writeSequence(code, length, byte, output);
    at += code === noCode ? 1 : length;
  }
  return output.text();
}

/** By the first byte; 1 for ASCII and for what cannot be a first byte. */
function lengthBy(byte: number): number {
  if ((byte & 0xe0) === 0xc0) return 2;
  if ((byte & 0xf0) === 0xe0) return 3;
  return (byte & 0xf8) === 0xf0 ? 4 : 1;
}

const noCode = -1;

/** The code point of a sequence of this many bytes; the zero byte behind the value is no follower. */
function codeAt(bytes: Buffer, at: number, length: number): number {
  let code = (bytes[at] as number) & (0x7f >> length);
  for (let next = at + 1; next < at + length; next += 1) {
    const follower = bytes[next] as number;
    if ((follower & 0xc0) !== 0x80) return noCode;
    code = (code << 6) | (follower & 0x3f);
  }
  return code;
}

const smallest = [0, 0, 0x80, 0x800, 0x10000]; // code by length, else it is overlong

/** A code that must not be (a surrogate, an overlong one) has its first byte behind it. */
function writeSequence(code: number, length: number, first: number, output: Output): void {
  output.put(0x25);
  output.put(0x75);
  let shift = 12;
  while (code >> shift >= 0x10) shift += 4;
  for (; shift >= 0; shift -= 4) output.put(lowerHexDigits.charCodeAt((code >> shift) & 0x0f));
  if (code >= 0xd800 && code <= 0xdfff) output.put(first);
  if (code < (smallest[length] ?? 0)) output.put(first);
}
