// Text as bytes, gathered into one buffer that is used again and again. Short pieces are copied by loops: a call into the
// runtime costs 40 ns, as much as forty bytes of a loop, and a line put together from strings costs a hundred small
// objects (access line: 1.3 us as strings, 0.5 us so). It refuses to know what the text is for.

export class ByteLines {
  bytes: Buffer;
  length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  constant(text: Uint8Array): void {
    const at = this.length;
    const bytes = this.#withRoom(text.length);
    for (let index = 0; index < text.length; index += 1) bytes[at + index] = text[index] as number;
    this.length = at + text.length;
  }

  /** A short text of ASCII characters alone. */
  ascii(text: string): void {
    const at = this.length;
    const bytes = this.#withRoom(text.length);
    for (let index = 0; index < text.length; index += 1) bytes[at + index] = text.charCodeAt(index);
    this.length = at + text.length;
  }

  /** Any text, as UTF-8. */
  text(text: string): void {
    this.length += this.#withRoom(utf8BytesMax * text.length).write(text, this.length);
  }

  /** A whole number from 0. */
  decimal(number: number): void {
    let digits = 1;
    for (let rest = number; rest >= 10; rest = Math.floor(rest / 10)) digits += 1;
    const bytes = this.#withRoom(digits);
    let rest = number;
    for (let at = this.length + digits - 1; at >= this.length; at -= 1) {
      const shorter = Math.floor(rest / 10);
      bytes[at] = 0x30 + (rest - 10 * shorter);
      rest = shorter;
    }
    this.length += digits;
  }

  /** Copies a text whose characters are all of a class; true if they were, else nothing has been copied. */
  asciiIfAll(isOfClass: Uint8Array, text: string): boolean {
    let at = this.length;
    const bytes = this.#withRoom(text.length);
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (isOfClass[code] !== 1) return false;
      bytes[at] = code;
      at += 1;
    }
    this.length = at;
    return true;
  }

  /** The same for `source[start, end)`. */
  copyIfAll(isOfClass: Uint8Array, source: Uint8Array, start: number, end: number): boolean {
    let at = this.length;
    const bytes = this.#withRoom(end - start);
    for (let index = start; index < end; index += 1) {
      const byte = source[index] as number;
      if (isOfClass[byte] !== 1) return false;
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

const utf8BytesMax = 3; // of one unit of a string: what takes four bytes is two of them
