// Bytes and the classes they belong to, as tables, for the parsers of this folder. A table look-up costs the same for
// every byte, so the scanning loops have one branch per byte. Nothing here knows messages.

export const tab = 0x09;
export const lineFeed = 0x0a;
export const carriageReturn = 0x0d;
export const space = 0x20;
export const comma = 0x2c;
export const slash = 0x2f;
export const colon = 0x3a;
export const semicolon = 0x3b;

/** RFC 9110 section 5.6.2: what names of headers and methods consist of. */
export const isToken = classOf((byte) => /[\w!#$%&'*+.^`|~-]/.test(String.fromCharCode(byte)) && byte < 0x80);

/** RFC 9110 section 5.5: a field value holds visible characters, blanks and obs-text; no control bytes, so no line ends. */
export const isValue = classOf((byte) => byte === tab || (byte >= space && byte !== 0x7f));

/**
 * The end of the field value that goes on at `at`: four bytes at a time, wherever they stand (the ten values of a browser's
 * request: byte by byte 522 ns, four whose place is divisible by four 243, and so less). Where a word is not plain, its
 * lowest mark is the first byte that is not; the marks above it may be wrong.
 */
export function valueEndIn(view: DataView, at: number, stop: number): number {
  let index = at;
  while (index + 8 <= stop && (marksIn(view.getInt32(index, true)) | marksIn(view.getInt32(index + 4, true))) === 0)
    index += 8;
  while (index + 4 <= stop) {
    const marks = marksIn(view.getInt32(index, true));
    if (marks === 0) index += 4;
    else {
      index += (31 - Math.clz32(marks & -marks)) >> 3;
      if (isValue[view.getUint8(index)] !== 1) return index;
      index += 1;
    }
  }
  while (index < stop && isValue[view.getUint8(index)] === 1) index += 1;
  return index;
}

/** The same memory, to be read in words. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The top bit of each byte that is not from 0x20 to 0x7e: it has that bit, or gets it by adding 1, or does not get it by adding 0x60. */
function marksIn(word: number): number {
  return ((word + 0x01010101) | ~(word + 0x60606060)) & 0x80808080;
}

/** The end of the token that goes on at `at`: letters and hyphens first, which most of them are. */
export function tokenEndIn(bytes: Uint8Array, at: number, stop: number): number {
  let index = at;
  while (index < stop) {
    const byte = bytes[index] as number;
    const letter = byte | 0x20;
    if (!(letter >= 0x61 && letter <= 0x7a) && byte !== 0x2d && isToken[byte] !== 1) break;
    index += 1;
  }
  return index;
}

/** A request target: visible ASCII without `#` (RFC 9112 section 3.2: a fragment is never sent). */
export const isTarget = classOf((byte) => byte > space && byte < 0x7f && byte !== 0x23);

/** Of a path, whatever decodes it: no escape, no dot segment (`.` stands for any), no backslash, no query. Every grammar takes these. */
export const isPlainTarget = classOf((byte) => /[\w~!$&'()*+,;=:@/-]/.test(String.fromCharCode(byte)));

/** Methods are case-sensitive; one in lower case passes a route's `method` and is upper case to some upstreams. */
export const isMethod = classOf((byte) => /[A-Z0-9_-]/.test(String.fromCharCode(byte)));

/** RFC 3986 section 3.2.2 without sub-delimiters and percent-encoding, which no name on the Internet has. */
export const isHost = classOf((byte) => /[A-Za-z0-9._~-]/.test(String.fromCharCode(byte)));

/** The value of a hexadecimal digit, 255 for any other byte. */
export const hexValue = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  return digit === -1 ? 255 : digit;
});

function classOf(holds: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (holds(byte) ? 1 : 0));
}

/** True if `bytes[start, end)` is `lower`, which is in lower case, in whatever case. Names of headers are compared by header-names.ts. */
export function equalsLower(bytes: Uint8Array, start: number, end: number, lower: Uint8Array): boolean {
  if (end - start !== lower.length) return false;
  for (let index = 0; index < lower.length; index += 1) {
    const byte = bytes[start + index] as number;
    const folded = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (folded !== lower[index]) return false;
  }
  return true;
}
