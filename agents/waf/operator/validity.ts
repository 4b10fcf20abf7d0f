// Is a value what it should be: `validateByteRange`, `validateUrlEncoding`, `validateUtf8Encoding`. They match what is not.
// The shaping decision: UTF-8 is what Node's decoder takes, which is stricter than the reference in one point: code
// points past U+10FFFF that start with F4 are refused too.

import { isUtf8 } from 'node:buffer';
import { isHex } from '../transform/bytes.ts';
import { bytesOf } from '../transform/scratch.ts';
import { fromConstant, type MakeOperator, type OperatorProblem, yesOrNo } from './argument.ts';
import { bytesForRe2 } from './utf8-bytes.ts';

export const validateByteRange = fromConstant((text) => {
  const allowed = new Uint8Array(256);
  for (const part of text.split(',')) {
    const problem = allow(part, allowed);
    if (problem !== undefined) return problem;
  }
  const bytes = Array.from(allowed.keys()).filter((byte) => allowed[byte] !== 1);
  return { ...yesOrNo((value) => hasOther(value, allowed)), facts: { kind: 'bytes', bytes } };
});

/** `32`, `32-126`. */
function allow(part: string, allowed: Uint8Array): OperatorProblem | undefined {
  const [, first, last] = /^\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?\s*$/.exec(part) ?? [];
  const [low, high] = [Number(first), Number(last ?? first)];
  if (first === undefined || high > 255 || low > high)
    return { problem: `'${part.trim()}' is no range of bytes: write one as 32-126, from 0 to 255` };
  allowed.fill(1, low, high + 1);
  return undefined;
}

function hasOther(value: string, allowed: Uint8Array): boolean {
  const bytes = bytesOf(value);
  for (let at = 0; at < value.length; at += 1) if (allowed[bytes[at] as number] !== 1) return true;
  return false;
}

export const validateUrlEncoding: MakeOperator = () => ({
  ...yesOrNo(hasBrokenEscape),
  facts: { kind: 'bytes', bytes: [0x25] },
});

function hasBrokenEscape(value: string): boolean {
  for (let at = value.indexOf('%'); at !== -1; at = value.indexOf('%', at + 3)) {
    if (!isHex(value.charCodeAt(at + 1)) || !isHex(value.charCodeAt(at + 2))) return true;
  }
  return false;
}

/** Bytes past ASCII are two each where they are written for RE2. */
const isAscii = (value: string): boolean => bytesForRe2(value).length === value.length;

export const validateUtf8Encoding: MakeOperator = () => ({
  ...yesOrNo((value) => !isAscii(value) && !isUtf8(Buffer.from(value, 'latin1'))),
  facts: { kind: 'bytes', bytes: Array.from({ length: 128 }, (_, at) => 0x80 + at) },
});
