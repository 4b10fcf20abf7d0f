// Protocol Buffers as gRPC carries them (proto3), for the messages of agent.proto and no others. The shaping decision: a
// message is a table of fields, and the values on this side are those that JSON has, so that what comes in is narrowed
// by the same schemas whatever carried it, and nothing has to be generated. Unknown fields are skipped, as proto3 asks;
// bytes are bytes and never base64; a `map` with the key `__proto__` keeps it. It refuses groups (gone since proto3),
// texts that are not UTF-8, and messages with more parts than anything legitimate has.

import { wireLimits } from '#config/limits';
import { decodeJson } from './utf8.ts';

/** `json` is any value as JSON in a text. `uint` is a whole number up to 2^53. */
export type Scalar = 'string' | 'bool' | 'uint' | 'double' | 'bytes' | 'json';

/** `one` is there even where the wire leaves it out, with its zero; `maybe` may be missing. */
export type Rule = 'one' | 'maybe' | 'list' | 'map';

export interface Field {
  readonly number: number;
  readonly rule: Rule;
  readonly type: Scalar | Message;
}

export interface Message {
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** `union`: exactly one of the fields is there, and one without content of its own is a bare word in JSON. `list`:
   * there is one field, which JSON has without a table around it; a text alone is a list of one. */
  readonly kind: 'table' | 'union' | 'list';
}

export function message(name: string, fields: Readonly<Record<string, Field>>): Message {
  return { name, fields, kind: 'table' };
}

export function union(name: string, fields: Readonly<Record<string, Field>>): Message {
  return { name, fields, kind: 'union' };
}

export function listOf(name: string, type: Scalar): Message {
  return { name, fields: { values: { number: 1, rule: 'list', type } }, kind: 'list' };
}

export const empty = message('Empty', {});

// Wire types (protobuf.dev/programming-guides/encoding).
const varint = 0;
const eightBytes = 1;
const lengthDelimited = 2;
const fourBytes = 5;

const wireTypes = {
  string: lengthDelimited,
  bytes: lengthDelimited,
  json: lengthDelimited,
  bool: varint,
  uint: varint,
  double: eightBytes,
} as const satisfies Record<Scalar, number>;

// ---- writing ----

/** What has no value here has none there; names that the message does not know are left out. */
export function encodeProtobuf(type: Message, value: unknown): Buffer {
  const writer = new Writer();
  writer.message(type, value);
  return writer.written();
}

class Writer {
  #bytes = Buffer.allocUnsafe(1024);
  #at = 0;

  written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  message(type: Message, value: unknown): void {
    const table = tableOf(type, value);
    for (const [name, field] of Object.entries(type.fields)) {
      const content: unknown = table[name];
      if (content === undefined || content === null) continue;
      if (field.rule === 'list') for (const one of content as Iterable<unknown>) this.#field(field, one);
      else if (field.rule === 'map') this.#map(field, content);
      else this.#field(field, content);
    }
  }

  #map({ number, type }: Field, content: unknown): void {
    const entry = entryOf(type);
    for (const [key, value] of Object.entries(Object(content)))
      this.#field({ number, rule: 'one', type: entry }, { key, value });
  }

  #field({ number, type }: Field, value: unknown): void {
    if (typeof type === 'string') {
      this.#varint((number << 3) | wireTypes[type]);
      this.#scalar(type, value);
      return;
    }
    this.#varint((number << 3) | lengthDelimited);
    const start = this.#beginPart();
    this.message(type, value);
    this.#endPart(start);
  }

  #scalar(type: Scalar, value: unknown): void {
    switch (type) {
      case 'string':
        return this.#text(String(value));
      case 'json':
        return this.#text(JSON.stringify(value));
      case 'bytes':
        return this.#part(value instanceof Uint8Array ? value : Buffer.from(String(value), 'base64'));
      case 'bool':
        return this.#varint(value === true ? 1 : 0);
      case 'uint':
        return this.#varint(Math.max(0, Math.trunc(Number(value))));
      case 'double':
        this.#room(8);
        this.#at = this.#bytes.writeDoubleLE(Number(value), this.#at);
    }
  }

  #text(text: string): void {
    const start = this.#beginPart();
    this.#room(3 * text.length); // as much as one unit of a string takes at most
    this.#at += this.#bytes.write(text, this.#at);
    this.#endPart(start);
  }

  #part(bytes: Uint8Array): void {
    this.#varint(bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** The length goes in front of it, and is known behind it: most are short, and one byte is kept for it. */
  #beginPart(): number {
    this.#room(1);
    this.#at += 1;
    return this.#at;
  }

  #endPart(start: number): void {
    const partBytes = this.#at - start;
    const lengthBytes = varintBytes(partBytes);
    this.#room(lengthBytes - 1);
    if (lengthBytes > 1) this.#bytes.copyWithin(start + lengthBytes - 1, start, this.#at);
    this.#at = start - 1;
    this.#varint(partBytes);
    this.#at += partBytes;
  }

  #varint(number: number): void {
    this.#room(10);
    let rest = number;
    while (rest > 0x7f) {
      this.#bytes[this.#at] = (rest % 0x80) | 0x80;
      this.#at += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at] = rest;
    this.#at += 1;
  }

  #room(moreBytes: number): void {
    const wantedBytes = this.#at + moreBytes;
    if (wantedBytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(wantedBytes, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

function tableOf({ kind }: Message, value: unknown): Record<string, unknown> {
  if (kind === 'list') return { values: [value].flat() };
  return kind === 'union' && typeof value === 'string' ? { [value]: {} } : Object(value);
}

function varintBytes(number: number): number {
  let count = 1;
  for (let rest = number; rest > 0x7f; rest = Math.floor(rest / 0x80)) count += 1;
  return count;
}

const entries = new Map<Scalar | Message, Message>();

/** Maps are lists of such on the wire. */
function entryOf(type: Scalar | Message): Message {
  const known = entries.get(type);
  if (known !== undefined) return known;
  const fresh = message('Entry', {
    key: { number: 1, rule: 'one', type: 'string' },
    value: { number: 2, rule: 'one', type },
  });
  entries.set(type, fresh);
  return fresh;
}

// ---- reading ----

/** The value as JSON has it, or `undefined` where the bytes are no such message. Bytes are views into `bytes`. */
export function decodeProtobuf(type: Message, bytes: Buffer): unknown {
  try {
    return new Reader(bytes).message(type, 0, bytes.length);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** Ends the reading of one message from whatever depth; never leaves this file. */
class Malformed extends Error {}

type Table = Record<string, unknown>;

class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #parts = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  message(type: Message, at: number, end: number): unknown {
    const table: Table = {};
    const maps: [name: string, entries: [string, unknown][]][] = [];
    for (const [name, { rule }] of Object.entries(type.fields)) {
      if (rule === 'list') table[name] = [];
      if (rule === 'map') maps.push([name, []]);
    }
    this.#at = at;
    while (this.#at < end) this.#field(type, table, maps, end);
    if (this.#at !== end) throw new Malformed();
    for (const [name, found] of maps) table[name] = Object.fromEntries(found); // defines own keys: `__proto__` is one
    addZeros(type, table);
    if (type.kind === 'list') return table['values'];
    return type.kind === 'union' ? wordOf(type, table) : table;
  }

  #field(type: Message, table: Table, maps: readonly [string, [string, unknown][]][], end: number): void {
    const tag = this.#varint(end);
    const [number, wireType] = [Math.floor(tag / 8), tag % 8];
    const named = fieldsByNumber(type).get(number);
    if (named === undefined) return this.#skip(wireType, end);
    const [name, field] = named;
    if (field.rule === 'list' && wireType === lengthDelimited && isPackable(field.type))
      return this.#packed(field.type, table[name] as unknown[], end);
    this.#count();
    if (field.rule === 'map') {
      const { key, value } = this.#value(entryOf(field.type), wireType, end) as { key: string; value: unknown };
      maps.find(([other]) => other === name)?.[1].push([key, value]);
      return;
    }
    const value = this.#value(field.type, wireType, end);
    if (field.rule === 'list') (table[name] as unknown[]).push(value);
    else {
      if (type.kind === 'union') for (const other of Object.keys(table)) delete table[other]; // the last one counts
      table[name] = value;
    }
  }

  #value(type: Scalar | Message, wireType: number, end: number): unknown {
    if (wireType !== (typeof type === 'string' ? wireTypes[type] : lengthDelimited)) throw new Malformed();
    if (type === 'bool') return this.#varint(end) !== 0;
    if (type === 'uint') return this.#varint(end);
    if (type === 'double') return this.#double(end);
    const [from, to] = this.#part(end);
    if (typeof type !== 'string') {
      const value = this.message(type, from, to);
      this.#at = to;
      return value;
    }
    if (type === 'bytes') return this.#bytes.subarray(from, to);
    return type === 'json' ? this.#json(from, to) : this.#text(from, to);
  }

  #packed(type: Scalar, list: unknown[], end: number): void {
    const [from, to] = this.#part(end);
    this.#at = from;
    while (this.#at < to) {
      this.#count();
      list.push(this.#value(type, wireTypes[type], to));
    }
  }

  /** Where what follows begins and ends; the reading goes on behind it. */
  #part(end: number): [from: number, to: number] {
    const partBytes = this.#varint(end);
    const from = this.#at;
    if (partBytes > end - from) throw new Malformed();
    this.#at = from + partBytes;
    return [from, this.#at];
  }

  #text(from: number, to: number): string {
    try {
      return utf8.decode(this.#bytes.subarray(from, to));
    } catch {
      throw new Malformed();
    }
  }

  #json(from: number, to: number): unknown {
    const value = from === to ? null : decodeJson(this.#bytes, from, to);
    if (value === undefined) throw new Malformed();
    return value;
  }

  #double(end: number): number {
    if (end - this.#at < 8) throw new Malformed();
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  /** Numbers of 64 bits lose what a double cannot hold; no schema takes such a one. */
  #varint(end: number): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined || this.#at >= end || factor > 2 ** 63) throw new Malformed();
      this.#at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  #skip(wireType: number, end: number): void {
    if (wireType === varint) this.#varint(end);
    else if (wireType === lengthDelimited) this.#part(end);
    else if (wireType === eightBytes) this.#at += 8;
    else if (wireType === fourBytes) this.#at += 4;
    else throw new Malformed();
  }

  /** A part is at least two bytes on the wire and a hundred here. */
  #count(): void {
    this.#parts += 1;
    if (this.#parts > wireLimits.protobufPartsMax) throw new Malformed();
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function isPackable(type: Scalar | Message): type is Scalar {
  return typeof type === 'string' && wireTypes[type] !== lengthDelimited;
}

const zeros = {
  string: '',
  bool: false,
  uint: 0,
  double: 0,
  bytes: Buffer.alloc(0),
  json: null,
} as const satisfies Record<Scalar, unknown>;

/** What proto3 leaves out because it is zero. */
function addZeros(type: Message, table: Table): void {
  if (type.kind === 'union') return;
  for (const [name, { rule, type: of }] of Object.entries(type.fields))
    if (rule === 'one' && table[name] === undefined && typeof of === 'string') table[name] = zeros[of];
}

/** Of a union: the bare word where there is nothing more to say. */
function wordOf(type: Message, table: Table): unknown {
  const [name] = Object.keys(table);
  return name !== undefined && type.fields[name]?.type === empty ? name : table;
}

const byNumber = new WeakMap<Message, Map<number, [name: string, field: Field]>>();

function fieldsByNumber(type: Message): Map<number, [name: string, field: Field]> {
  const known = byNumber.get(type);
  if (known !== undefined) return known;
  const fresh = new Map(
    Object.entries(type.fields).map(([name, field]): [number, [string, Field]] => [field.number, [name, field]]),
  );
  byNumber.set(type, fresh);
  return fresh;
}
