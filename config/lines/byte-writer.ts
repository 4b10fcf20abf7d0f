// Bytes put behind each other in one buffer that is used again and again. Short pieces are copied by loops: a call into
// the runtime costs 40 ns, as much as twenty to forty bytes of a loop, and text that is put together from strings first
// costs ten small objects and a slow way through them (access line: 1.3 us as strings, 0.5 us so). Every method makes its
// own room. It refuses to know what the bytes are for.

export class ByteWriter {
  bytes: Buffer;
  length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  constant(text: Uint8Array): void {
    const at = this.length;
    const bytes = this.#withRoom(text.length);
    if (text.length > loopedBytesMax) bytes.set(text, at);
    else for (let index = 0; index < text.length; index += 1) bytes[at + index] = text[index] as number;
    this.length = at + text.length;
  }

  /** A short text of ASCII characters alone. */
  ascii(text: string): void {
    const at = this.length;
    const bytes = this.#withRoom(text.length);
    for (let index = 0; index < text.length; index += 1) bytes[at + index] = text.charCodeAt(index);
    this.length = at + text.length;
  }

  /** `text[start, end)`, the same. */
  asciiPart(text: string, start: number, end: number): void {
    const at = this.length - start;
    const bytes = this.#withRoom(end - start);
    for (let index = start; index < end; index += 1) bytes[at + index] = text.charCodeAt(index);
    this.length = at + end;
  }

  /** Any text, as UTF-8. */
  utf8(text: string): void {
    this.length += this.#withRoom(utf8BytesMax * text.length).write(text, this.length);
  }

  /** Text whose characters are bytes: RFC 9110 section 5.5. */
  latin1(text: string): void {
    this.length += this.#withRoom(text.length).write(text, this.length, 'latin1');
  }

  copy(source: Buffer, start: number, end: number): void {
    this.length += source.copy(this.#withRoom(end - start), this.length, start, end);
  }

  /** A whole number from 0. */
  decimal(number: number): void {
    if (number < 1000) return this.#smallDecimal(number);
    let digits = 4;
    for (let rest = number; rest >= 10_000; rest = Math.floor(rest / 10)) digits += 1;
    const bytes = this.#withRoom(digits);
    let rest = number;
    for (let at = this.length + digits - 1; at >= this.length; at -= 1) {
      const shorter = Math.floor(rest / 10);
      bytes[at] = 0x30 + (rest - 10 * shorter);
      rest = shorter;
    }
    this.length += digits;
  }

  /** Below 1000, as most are: without a division of numbers that may be large. */
  #smallDecimal(number: number): void {
    const bytes = this.#withRoom(3);
    const hundreds = (number / 100) | 0;
    const rest = number - 100 * hundreds;
    const tens = (rest / 10) | 0;
    let at = this.length;
    if (hundreds > 0) bytes[at++] = 0x30 + hundreds;
    if (number >= 10) bytes[at++] = 0x30 + tens;
    bytes[at] = 0x30 + (rest - 10 * tens);
    this.length = at + 1;
  }

  /** Copies a text that is plain; true if it was, else nothing has been copied. */
  asciiIfPlain(text: string): boolean {
    let at = this.length;
    const bytes = this.#withRoom(text.length);
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (!isPlain(code)) return false;
      bytes[at] = code;
      at += 1;
    }
    this.length = at;
    return true;
  }

  /** The same for `source[start, end)`. */
  copyIfPlain(source: Uint8Array, start: number, end: number): boolean {
    let at = this.length;
    const bytes = this.#withRoom(end - start);
    for (let index = start; index < end; index += 1) {
      const byte = source[index] as number;
      if (!isPlain(byte)) return false;
      bytes[at] = byte;
      at += 1;
    }
    this.length = at;
    return true;
  }

  #withRoom(more: number): Buffer {
    const wanted = this.length + more;
    if (wanted > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.bytes.length));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    return this.bytes;
  }
}

const loopedBytesMax = 20; // beyond, a call costs less than the loop
const utf8BytesMax = 3; // of one unit of a string: what takes four bytes is two of them

/** Visible ASCII and blanks without quotes and backslashes: the same in JSON, and in UTF-8. */
function isPlain(code: number): boolean {
  return code >= 0x20 && code < 0x7f && code !== 0x22 && code !== 0x5c;
}
