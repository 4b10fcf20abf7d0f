// Backslash escapes of three languages: `jsDecode` (JavaScript), `cssDecode` (CSS 2), `escapeSeqDecode` (ANSI C).
// The shaping decision: each escape is read by one function that says how many bytes it took; which byte an odd escape
// becomes is what ModSecurity 2.9 makes of it, down to its quirks, since CRS's expressions count on them. It refuses
// to keep wide characters: `é` and above lose their high byte, as there.

import type { Transformation } from '../compile/rule-set.ts';
import { fullWidth, hexPair, isHex, isOctal, isSpace, Output, whereFound } from './bytes.ts';

type ReadEscape = (value: string, at: number, output: Output) => number;

const backslash = 0x5c;

export const jsDecode = byEscapes('jsDecode', readJsEscape);
export const cssDecode = byEscapes('cssDecode', readCssEscape);
export const escapeSeqDecode = byEscapes('escapeSeqDecode', readCEscape);

/** `read` is asked at each backslash, and writes what the escape stands for. */
function byEscapes(name: string, read: ReadEscape): Transformation {
  return whereFound(name, ['\\'], (value) => {
    const output = new Output(value.length);
    for (let at = 0; at < value.length; ) {
      const byte = value.charCodeAt(at);
      if (byte === backslash) at += read(value, at, output);
      else {
        output.put(byte);
        at += 1;
      }
    }
    return output.text();
  });
}

const controls = new Map(
  Object.entries({ a: 0x07, b: 0x08, f: 0x0c, n: 0x0a, r: 0x0d, t: 0x09, v: 0x0b }).map(
    ([letter, byte]): [number, number] => [letter.charCodeAt(0), byte],
  ),
);
const itself = new Set(Array.from('\\?\'"', (sign) => sign.charCodeAt(0)));

const allHex = (value: string, start: number, count: number): boolean => {
  for (let at = start; at < start + count; at += 1) if (!isHex(value.charCodeAt(at))) return false;
  return true;
};

const pairAt = (value: string, at: number): number => hexPair(value.charCodeAt(at), value.charCodeAt(at + 1));

/** `\uHHHH` (its low byte), `\xHH`, `\O` to `\OOO` up to 255, a letter for a control character, any other as it is. */
function readJsEscape(value: string, at: number, output: Output): number {
  const sign = value.charCodeAt(at + 1);
  if (sign === 0x75 && allHex(value, at + 2, 4)) {
    output.put(fullWidth(value.charCodeAt(at + 2), value.charCodeAt(at + 3), pairAt(value, at + 4)));
    return 6;
  }
  if (sign === 0x78 && allHex(value, at + 2, 2)) {
    output.put(pairAt(value, at + 2));
    return 4;
  }
  if (isOctal(sign)) return readOctal(value, at, output, sign > 0x33 ? 2 : 3);
  if (at + 1 === value.length) {
    output.put(backslash);
    return 1;
  }
  output.put(controls.get(sign) ?? sign);
  return 2;
}

function readOctal(value: string, at: number, output: Output, digitsMax: number): number {
  let code = 0;
  let digits = 0;
  while (digits < digitsMax && isOctal(value.charCodeAt(at + 1 + digits))) {
    code = 8 * code + value.charCodeAt(at + 1 + digits) - 0x30;
    digits += 1;
  }
  output.put(code & 0xff);
  return 1 + digits;
}

/** One to six digits and one white space after them; a new line goes, any other character is itself. */
function readCssEscape(value: string, at: number, output: Output): number {
  const start = at + 1;
  if (start === value.length) return 1;
  let digits = 0;
  while (digits < 6 && isHex(value.charCodeAt(start + digits))) digits += 1;
  if (digits > 0) {
    output.put(cssByte(value, start, digits));
    return 1 + digits + (isSpace(value.charCodeAt(start + digits)) ? 1 : 0);
  }
  const byte = value.charCodeAt(start);
  if (byte !== 0x0a) output.put(byte);
  return 2;
}

/** The low byte; full width is looked at where the code has four digits without leading zeros. */
function cssByte(value: string, start: number, digits: number): number {
  const end = start + digits;
  if (digits === 1) return hexPair(0x30, value.charCodeAt(start));
  const byte = pairAt(value, end - 2);
  const zeros = value.slice(start, end - 4);
  const isFourDigits = digits >= 4 && (zeros === '' || zeros === '0' || zeros === '00');
  return isFourDigits ? fullWidth(value.charCodeAt(end - 4), value.charCodeAt(end - 3), byte) : byte;
}

/** `\n` and its kind, `\xHH`, `\O` to `\OOO`; of any other escape the character after the backslash stays. */
function readCEscape(value: string, at: number, output: Output): number {
  const sign = value.charCodeAt(at + 1);
  if (at + 1 === value.length) {
    output.put(backslash);
    return 1;
  }
  if ((sign | 0x20) === 0x78 && allHex(value, at + 2, 2)) {
    output.put(pairAt(value, at + 2));
    return 4;
  }
  if (isOctal(sign)) return readOctal(value, at, output, 3);
  output.put(itself.has(sign) ? sign : (controls.get(sign) ?? sign));
  return 2;
}
