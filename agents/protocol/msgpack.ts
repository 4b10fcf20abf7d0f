// MessagePack for version 2: the JSON values of the protocol, written shorter. The shaping decision: an own codec of the
// subset that those values need (nil, booleans, numbers, texts, bytes, lists, tables with texts as keys), because it
// must be strict, bounded in depth, and safe with keys like `__proto__`, and is then smaller than what would have to be
// checked around a library. It refuses extension types, keys that are no texts, texts that are not UTF-8, and bytes
// behind the value; lengths that promise more than is there cost nothing.

import { wireLimits } from '#config/limits';

const { nestingMax } = wireLimits;

// ---- writing ----

/** `undefined` in a table is left out, as JSON does. Throws at what JSON could not say either. */
export function encodeMsgpack(value: unknown): Buffer {
  const writer = new Writer();
  writer.value(value);
  return writer.bytes.subarray(0, writer.at);
}

class Writer {
  bytes = Buffer.allocUnsafe(512);
  at = 0;

  value(value: unknown): void {
    if (value === null || value === undefined) this.#byte(0xc0);
    else if (typeof value === 'boolean') this.#byte(value ? 0xc3 : 0xc2);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'string') this.#text(value);
    else if (value instanceof Uint8Array) this.#binary(value);
    else if (Array.isArray(value)) this.#list(value);
    else if (typeof value === 'object') this.#table(value);
    else throw new TypeError(`a ${typeof value} has no MessagePack`);
  }

  #room(moreBytes: number): number {
    const wantedBytes = this.at + moreBytes;
    if (wantedBytes > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(wantedBytes, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, 0, this.at);
      this.bytes = larger;
    }
    const start = this.at;
    this.at = wantedBytes;
    return start;
  }

  #byte(byte: number): void {
    const at = this.#room(1);
    this.bytes[at] = byte;
  }

  #number(value: number): void {
    if (Number.isInteger(value) && value >= 0 && value <= 0x7f) this.#byte(value);
    else if (Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) this.#head(0xce, 4, value);
    else if (Number.isInteger(value) && value < 0 && value >= -0x8000_0000) {
      this.#byte(0xd2);
      const at = this.#room(4);
      this.bytes.writeInt32BE(value, at);
    } else if (Number.isSafeInteger(value)) {
      this.#byte(value < 0 ? 0xd3 : 0xcf);
      const at = this.#room(8);
      this.bytes.writeBigInt64BE(BigInt(value), at);
    } else {
      this.#byte(0xcb);
      const at = this.#room(8);
      this.bytes.writeDoubleBE(value, at);
    }
  }

  /** A type byte and an unsigned number behind it. */
  #head(type: number, lengthBytes: number, length: number): void {
    const at = this.#room(1 + lengthBytes);
    this.bytes[at] = type;
    this.bytes.writeUIntBE(length, at + 1, lengthBytes);
  }

  #text(text: string): void {
    const textBytes = Buffer.byteLength(text);
    if (textBytes < 32) this.#byte(0xa0 | textBytes);
    else if (textBytes <= 0xff) this.#head(0xd9, 1, textBytes);
    else if (textBytes <= 0xffff) this.#head(0xda, 2, textBytes);
    else this.#head(0xdb, 4, textBytes);
    const at = this.#room(textBytes);
    this.bytes.write(text, at);
  }

  #binary(data: Uint8Array): void {
    if (data.length <= 0xff) this.#head(0xc4, 1, data.length);
    else this.#head(0xc6, 4, data.length);
    const at = this.#room(data.length);
    this.bytes.set(data, at);
  }

  #list(list: readonly unknown[]): void {
    if (list.length < 16) this.#byte(0x90 | list.length);
    else this.#head(0xdd, 4, list.length);
    for (const item of list) this.value(item);
  }

  #table(table: object): void {
    const entries = Object.entries(table).filter(([, value]) => value !== undefined);
    if (entries.length < 16) this.#byte(0x80 | entries.length);
    else this.#head(0xdf, 4, entries.length);
    for (const [key, value] of entries) {
      this.#text(key);
      this.value(value);
    }
  }
}

// ---- reading ----

/** The value in `bytes` from `at` to `end`, or `undefined` if there is not exactly one. */
export function decodeMsgpack(bytes: Buffer, at: number, end: number): unknown {
  const reader = new Reader(bytes, at, end);
  const value = reader.value(nestingMax);
  return reader.bad || reader.at !== end ? undefined : value;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class Reader {
  bad = false;
  at: number;
  readonly #bytes: Buffer;
  readonly #end: number;

  constructor(bytes: Buffer, at: number, end: number) {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  value(levelsLeft: number): unknown {
    const type = this.#unsigned(1);
    if (type < 0x80) return type;
    if (type >= 0xe0) return type - 0x100;
    if (type < 0x90) return this.#table(type & 0x0f, levelsLeft);
    if (type < 0xa0) return this.#list(type & 0x0f, levelsLeft);
    if (type < 0xc0) return this.#text(type & 0x1f);
    return this.#other(type, levelsLeft);
  }

  #other(type: number, levelsLeft: number): unknown {
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return type === 0xc3;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#unsigned(2 ** (type - 0xc4)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#unsigned(2 ** (type - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#list(this.#unsigned(type === 0xdc ? 2 : 4), levelsLeft);
      case 0xde:
      case 0xdf:
        return this.#table(this.#unsigned(type === 0xde ? 2 : 4), levelsLeft);
      default:
        return this.#number(type);
    }
  }

  #number(type: number): number | undefined {
    switch (type) {
      case 0xca:
        return this.#has(4) ? this.#bytes.readFloatBE(this.#skip(4)) : undefined;
      case 0xcb:
        return this.#has(8) ? this.#bytes.readDoubleBE(this.#skip(8)) : undefined;
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(2 ** (type - 0xcc));
      case 0xcf:
        return this.#has(8) ? Number(this.#bytes.readBigUInt64BE(this.#skip(8))) : undefined;
      case 0xd0:
        return this.#has(1) ? this.#bytes.readInt8(this.#skip(1)) : undefined;
      case 0xd1:
        return this.#has(2) ? this.#bytes.readInt16BE(this.#skip(2)) : undefined;
      case 0xd2:
        return this.#has(4) ? this.#bytes.readInt32BE(this.#skip(4)) : undefined;
      case 0xd3:
        return this.#has(8) ? Number(this.#bytes.readBigInt64BE(this.#skip(8))) : undefined;
      default:
        this.bad = true; // an extension, or 0xc1, which is never used
        return undefined;
    }
  }

  /** Whether so many bytes are there. */
  #has(wantedBytes: number): boolean {
    if (this.#end - this.at < wantedBytes) this.bad = true;
    return !this.bad;
  }

  #skip(bytes: number): number {
    this.at += bytes;
    return this.at - bytes;
  }

  #unsigned(bytes: number): number {
    return this.#has(bytes) ? this.#bytes.readUIntBE(this.#skip(bytes), bytes) : 0;
  }

  #text(textBytes: number): string {
    if (!this.#has(textBytes)) return '';
    const start = this.#skip(textBytes);
    try {
      return utf8.decode(this.#bytes.subarray(start, this.at));
    } catch {
      this.bad = true;
      return '';
    }
  }

  #binary(dataBytes: number): Buffer | undefined {
    if (!this.#has(dataBytes)) return undefined;
    const start = this.#skip(dataBytes);
    return Buffer.from(this.#bytes.subarray(start, this.at));
  }

  #list(items: number, levelsLeft: number): unknown[] {
    const list: unknown[] = [];
    if (levelsLeft === 0 || !this.#has(items)) this.bad = true; // an item has a byte at least
    for (let left = items; left > 0 && !this.bad; left -= 1) list.push(this.value(levelsLeft - 1));
    return list;
  }

  #table(entries: number, levelsLeft: number): object {
    const read: [string, unknown][] = [];
    if (levelsLeft === 0 || !this.#has(2 * entries)) this.bad = true;
    for (let left = entries; left > 0 && !this.bad; left -= 1) {
      const key = this.value(levelsLeft - 1);
      if (typeof key !== 'string') this.bad = true;
      else read.push([key, this.value(levelsLeft - 1)]);
    }
    return Object.fromEntries(read); // defines own keys, so `__proto__` is one of them
  }
}
