// Backslash escapes of three languages: `jsDecode` (JavaScript), `cssDecode` (CSS 2), `escapeSeqDecode` (ANSI C).
// The shaping decision: each escape is read by one function that says how many bytes it took; which byte an odd escape
// becomes is what ModSecurity 2.9 makes of it, down to its quirks, since CRS's expressions count on them. It refuses
// to keep wide characters: `é` and above lose their high byte, as there.

import type { Transformation } from '../compile/rule-set.ts';
import { fullWidth, hexPair, isHex, isOctal, isSpace, whereFound } from './bytes.ts';
import { type Edit, editOf } from './scratch.ts';

/** Reads the escape at `at`, puts what it stands for, and says how many bytes it took. */
type ReadEscape = (edit: Edit, at: number) => number;

const backslash = 0x5c;

export const jsDecode = byEscapes('jsDecode', readJsEscape);
export const cssDecode = byEscapes('cssDecode', readCssEscape);
export const escapeSeqDecode = byEscapes('escapeSeqDecode', readCEscape);

function byEscapes(name: string, read: ReadEscape): Transformation {
  return whereFound(name, ['\\'], (value, first) => {
    const edit = editOf(value, first);
    for (let at = first; at < edit.end; ) {
      const byte = edit.bytes[at] as number;
      if (byte === backslash) at += read(edit, at);
      else {
        edit.put(byte);
        at += 1;
      }
    }
    return edit.text();
  });
}

/** What the letter behind a backslash stands for in C: by letter, else itself. */
const controls = Uint8Array.from({ length: 256 }, (_, letter) => letter);
for (const [letter, byte] of Object.entries({ a: 0x07, b: 0x08, f: 0x0c, n: 0x0a, r: 0x0d, t: 0x09, v: 0x0b })) {
  controls[letter.charCodeAt(0)] = byte;
}

const isPair = (bytes: Buffer, at: number): boolean => isHex(bytes[at] as number) && isHex(bytes[at + 1] as number);
const pairAt = (bytes: Buffer, at: number): number => hexPair(bytes[at] as number, bytes[at + 1] as number);

/** `\uHHHH` (its low byte), `\xHH`, `\O` to `\OOO` up to 255, a letter for a control character, any other as it is. */
function readJsEscape(edit: Edit, at: number): number {
  const { bytes } = edit;
  const sign = bytes[at + 1] as number;
  if (sign === 0x75 && isPair(bytes, at + 2) && isPair(bytes, at + 4)) {
    edit.put(fullWidth(bytes[at + 2] as number, bytes[at + 3] as number, pairAt(bytes, at + 4)));
    return 6;
  }
  if (sign === 0x78 && isPair(bytes, at + 2)) {
    edit.put(pairAt(bytes, at + 2));
    return 4;
  }
  return isOctal(sign) ? readOctal(edit, at, sign > 0x33 ? 2 : 3) : readLetter(edit, at);
}

function readOctal(edit: Edit, at: number, digitsMax: number): number {
  const { bytes } = edit;
  let code = 0;
  let digits = 0;
  while (digits < digitsMax && isOctal(bytes[at + 1 + digits] as number)) {
    code = 8 * code + (bytes[at + 1 + digits] as number) - 0x30;
    digits += 1;
  }
  edit.put(code & 0xff);
  return 1 + digits;
}

/** A backslash that ends the value stays. */
function readLetter(edit: Edit, at: number): number {
  if (at + 1 === edit.end) {
    edit.put(backslash);
    return 1;
  }
  edit.put(controls[edit.bytes[at + 1] as number] as number);
  return 2;
}

/** One to six digits and one white space after them; a new line goes, any other character is itself. */
function readCssEscape(edit: Edit, at: number): number {
  const { bytes } = edit;
  const start = at + 1;
  if (start === edit.end) return 1;
  let digits = 0;
  while (digits < 6 && isHex(bytes[start + digits] as number)) digits += 1;
  if (digits > 0) {
    edit.put(cssByte(bytes, start, digits));
    return 1 + digits + (isSpace(bytes[start + digits] as number) ? 1 : 0);
  }
  const byte = bytes[start] as number;
  if (byte !== 0x0a) edit.put(byte);
  return 2;
}

/** The low byte; full width is looked at where the code has four digits without leading zeros. */
function cssByte(bytes: Buffer, start: number, digits: number): number {
  const end = start + digits;
  if (digits === 1) return hexPair(0x30, bytes[start] as number);
  const byte = pairAt(bytes, end - 2);
  if (digits < 4) return byte;
  for (let at = start; at < end - 4; at += 1) if (bytes[at] !== 0x30) return byte;
  return fullWidth(bytes[end - 4] as number, bytes[end - 3] as number, byte);
}

/** `\n` and its kind, `\xHH`, `\O` to `\OOO`; of any other escape the character after the backslash stays. */
function readCEscape(edit: Edit, at: number): number {
  const { bytes } = edit;
  const sign = bytes[at + 1] as number;
  if ((sign | 0x20) === 0x78 && isPair(bytes, at + 2)) {
    edit.put(pairAt(bytes, at + 2));
    return 4;
  }
  return isOctal(sign) ? readOctal(edit, at, 3) : readLetter(edit, at);
}
