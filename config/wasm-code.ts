// The words of a WebAssembly function, put together as the tree that they are: each call below is one instruction with its
// operands, and returns its bytes. As much of the language as two loops need that every byte goes through (header lines in
// the proxy, texts in the firewall), and no more (WebAssembly 2.0, section 5.4). It refuses to check anything: who gets it
// wrong has a module that does not compile.

export type Code = readonly number[];

// ---- numbers and what is known by name

export const number = (value: number): Code => [0x41, ...signed(value)];
export const get = (local: number): Code => [0x20, local];
export const set = (local: number, value: Code): Code => [...value, 0x21, local];

export const add = (one: Code, other: Code): Code => [...one, ...other, 0x6a];
export const subtract = (one: Code, other: Code): Code => [...one, ...other, 0x6b];
export const equals = (one: Code, other: Code): Code => [...one, ...other, 0x46];
export const differs = (one: Code, other: Code): Code => [...one, ...other, 0x47];
export const both = (one: Code, other: Code): Code => [...one, ...other, 0x71];
export const isMore = (one: Code, other: Code): Code => [...one, ...other, 0x4b];
export const isLess = (one: Code, other: Code): Code => [...one, ...other, 0x49];
export const isAtLeast = (one: Code, other: Code): Code => [...one, ...other, 0x4f];
/** Of numbers that may be less than 0. */
export const isMoreSigned = (one: Code, other: Code): Code => [...one, ...other, 0x4a];
export const shiftLeft = (value: Code, bits: number): Code => [...value, ...number(bits), 0x74];
export const shiftRight = (value: Code, bits: number): Code => [...value, ...number(bits), 0x76];
/** One of two values; both are worked out. */
export const either = (condition: Code, one: Code, other: Code): Code => [...one, ...other, ...condition, 0x1b];
/** How many bits below the lowest one that is set. */
export const lowestBit = (value: Code): Code => [...value, 0x68];

// ---- memory

export const byteAt = (address: Code, offset = 0): Code => [...address, 0x2d, 0, ...unsigned(offset)];
export const pairAt = (address: Code, offset = 0): Code => [...address, 0x2f, 0, ...unsigned(offset)];
export const numberAt = (address: Code, offset = 0): Code => [...address, 0x28, 0, ...unsigned(offset)];
export const storeByte = (address: Code, value: Code): Code => [...address, ...value, 0x3a, 0, 0];
export const storePair = (address: Code, value: Code): Code => [...address, ...value, 0x3b, 0, 0];
export const store = (address: Code, offset: number, value: Code): Code => [
  ...[...address, ...value, 0x36, 0],
  ...unsigned(offset),
];

// ---- eight bytes at a time

export const eightAt = (address: Code): Code => [...address, 0x29, 0, 0];
export const eightOr = (one: Code, other: Code): Code => [...one, ...other, 0x84];
export const storeEight = (address: Code, value: Code): Code => [...address, ...value, 0x37, 0, 0];

// ---- sixteen bytes at a time

export const sixteenAt = (address: Code): Code => [...address, 0xfd, 0x00, 0, 0];
export const each = (byte: number): Code => [...number(byte), 0xfd, 0x0f];
export const eachEquals = (one: Code, other: Code): Code => [...one, ...other, 0xfd, 0x23];
export const eachIsLess = (one: Code, other: Code): Code => [...one, ...other, 0xfd, 0x26];
export const eachMinus = (one: Code, other: Code): Code => [...one, ...other, 0xfd, 0x71];
export const eachOr = (one: Code, other: Code): Code => [...one, ...other, 0xfd, 0x50];
export const eachNot = (one: Code): Code => [...one, 0xfd, 0x4d];
/** A bit for each byte: its top one. */
export const bitOfEach = (value: Code): Code => [...value, 0xfd, 0x64];

// ---- what happens when

export const when = (condition: Code, ...then: readonly Code[]): Code => [
  ...condition,
  0x04,
  nothing,
  ...then.flat(),
  end,
];
/** For ever: whoever is inside leaves by `giveBack`, or by the end of `during`. */
export const forEver = (...body: readonly Code[]): Code => [0x03, nothing, ...body.flat(), 0x0c, 0, end];
export const during = (condition: Code, ...body: readonly Code[]): Code => [
  ...[0x03, nothing, ...condition, 0x04, nothing],
  ...body.flat(),
  ...[0x0c, 1, end, end],
];
export const giveBack = (value: Code): Code => [...value, 0x0f];

const nothing = 0x40; // what a block leaves behind
const end = 0x0b;

// ---- a module

export interface Shape {
  readonly name: string;
  readonly parameters: number;
  readonly numbers: number; // other locals, behind the parameters
  readonly eights: number; // behind these
  readonly sixteens: number; // and behind these
  readonly pages: number; // of memory; see pagesFor
  readonly pagesMax: number;
}

/** Of one function from numbers to a number, which never ends by itself, and one memory: both are exported. */
export function moduleOf(shape: Shape, body: Code): Uint8Array<ArrayBuffer> {
  const { name, parameters, numbers, eights, sixteens, pages, pagesMax } = shape;
  const locals = [3, ...unsigned(numbers), i32, ...unsigned(eights), i64, ...unsigned(sixteens), v128];
  const code = [...locals, ...body, 0x00, end];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, parameters, ...Array<number>(parameters).fill(i32), 1, i32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 1, ...unsigned(pages), ...unsigned(pagesMax)]),
    ...section(7, [2, ...text(name), 0, 0, ...text('memory'), 2, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

/** That hold so many bytes. */
export const pagesFor = (bytes: number): number => Math.ceil(bytes / 65_536);

export interface Memory {
  readonly buffer: ArrayBuffer;
  readonly grow: (pages: number) => number;
}

/** The function and its memory. The types of Node know only half of it. */
export function started<Exports extends { readonly memory: Memory }>(code: Uint8Array<ArrayBuffer>): Exports {
  const { Module, Instance } = Reflect.get(globalThis, 'WebAssembly') as {
    readonly Module: new (code: Uint8Array) => object;
    readonly Instance: new (module: object) => { readonly exports: Exports };
  };
  return new Instance(new Module(code)).exports;
}

const i32 = 0x7f;
const i64 = 0x7e;
const v128 = 0x7b;

const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const text = (value: string): Code => [value.length, ...Buffer.from(value)];

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): Code {
  const low = value & 0x7f;
  const rest = value >> 7;
  const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return isLast ? [low] : [low | 0x80, ...signed(rest)];
}
