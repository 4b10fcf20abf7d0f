// The words of a WebAssembly function, put together as the tree that they are: each call below is one instruction with its
// operands, and returns its bytes. As much of the language as plain-lines.ts needs, and no more (WebAssembly 2.0, section
// 5.4). It refuses to check anything: who gets it wrong has a module that does not compile.

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
/** How many bits below the lowest one that is set. */
export const lowestBit = (value: Code): Code => [...value, 0x68];

// ---- memory

export const byteAt = (address: Code): Code => [...address, 0x2d, 0, 0];
export const pairAt = (address: Code): Code => [...address, 0x2f, 0, 0];
export const store = (address: Code, offset: number, value: Code): Code => [...address, ...value, 0x36, 0, offset];

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
  readonly sixteens: number; // and behind these
  readonly pages: number; // of memory, 64 KiB each
}

/** Of one function from numbers to a number, which never ends by itself, and one memory: both are exported. */
export function moduleOf({ name, parameters, numbers, sixteens, pages }: Shape, body: Code): Uint8Array<ArrayBuffer> {
  const locals = [2, ...unsigned(numbers), i32, ...unsigned(sixteens), v128];
  const code = [...locals, ...body, 0x00, end];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, parameters, ...Array<number>(parameters).fill(i32), 1, i32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 1, ...unsigned(pages), ...unsigned(pages)]),
    ...section(7, [2, ...text(name), 0, 0, ...text('memory'), 2, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

const i32 = 0x7f;
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
