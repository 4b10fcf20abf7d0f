// `utf8toUnicode`: each sequence of UTF-8 becomes `%uXXXX`, for `urlDecodeUni` behind it. The shaping decision: what
// ModSecurity 2.9 does with broken sequences, byte for byte: a lead byte without its followers goes, a follower without
// its lead stays, a zero byte goes. It refuses to judge: `@validateUtf8Encoding` does that.

import type { Transformation } from '../compile/rule-set.ts';
import { lowerHexDigits, Output } from './bytes.ts';

interface Sequence {
  readonly code: number;
  readonly bytes: number;
}

const growth = 7; // the most that comes of one byte that leads two: an escape of six, and the byte itself

export const utf8toUnicode: Transformation = {
  name: 'utf8toUnicode',
  apply: (value) => (isPlain(value) ? value : rewrite(value)),
};

function isPlain(value: string): boolean {
  for (let at = 0; at < value.length; at += 1) {
    const byte = value.charCodeAt(at);
    if (byte >= 0x80 || byte === 0) return false;
  }
  return true;
}

function rewrite(value: string): string {
  const output = new Output(growth * value.length);
  for (let at = 0; at < value.length; ) {
    const byte = value.charCodeAt(at);
    const length = lengthBy(byte);
    if ((length === 1 && byte !== 0) || byte >= 0xf5) output.put(byte);
    const sequence = length > 1 ? sequenceAt(value, at, length) : undefined;
    if (sequence !== undefined) writeSequence(sequence, byte, output);
    at += sequence?.bytes ?? 1;
  }
  return output.text();
}

/** By the first byte; 1 for ASCII and for what cannot be a first byte. */
function lengthBy(byte: number): number {
  if ((byte & 0xe0) === 0xc0) return 2;
  if ((byte & 0xf0) === 0xe0) return 3;
  return (byte & 0xf8) === 0xf0 ? 4 : 1;
}

function sequenceAt(value: string, at: number, bytes: number): Sequence | undefined {
  let code = value.charCodeAt(at) & (0x7f >> bytes);
  for (let next = at + 1; next < at + bytes; next += 1) {
    const follower = value.charCodeAt(next);
    if ((follower & 0xc0) !== 0x80) return undefined;
    code = (code << 6) | (follower & 0x3f);
  }
  return { code, bytes };
}

const smallest = [0, 0, 0x80, 0x800, 0x10000]; // code by length, else it is overlong

/** A code that must not be (a surrogate, an overlong one) has its first byte behind it. */
function writeSequence({ code, bytes }: Sequence, first: number, output: Output): void {
  output.put(0x25);
  output.put(0x75);
  let shift = 12;
  while (code >> shift >= 0x10) shift += 4;
  for (; shift >= 0; shift -= 4) output.put(lowerHexDigits.charCodeAt((code >> shift) & 0x0f));
  if (code >= 0xd800 && code <= 0xdfff) output.put(first);
  if (code < (smallest[bytes] ?? 0)) output.put(first);
}
