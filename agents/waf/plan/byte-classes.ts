// Which kinds of bytes a value holds, as two numbers of 26 bits: each sign of ASCII by itself, letters, digits, blanks and
// what is no ASCII in groups. One look at each byte answers for every rule whether it can match and for every
// transformation whether it can change anything. A group stands for all its bytes: the answer may be yes too often, never no.

const signs = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ ';

/** 26 bits in each half, so that both fit one number exactly. */
const halfBits = 26;

function classOf(byte: number): number {
  const sign = signs.indexOf(String.fromCharCode(byte));
  if (sign !== -1) return sign;
  const groups: readonly ((one: number) => boolean)[] = [
    (one) => one === 0,
    (one) => one >= 0x09 && one <= 0x0d,
    (one) => one < 0x20 || one === 0x7f,
    (one) => one >= 0x30 && one <= 0x39,
    (one) => one >= 0x41 && one <= 0x5a,
    (one) => one >= 0x61 && one <= 0x7a,
    (one) => one === 0xa0,
    (one) => one < 0xc0,
    () => true,
  ];
  return signs.length + groups.findIndex((holds) => holds(byte));
}

/** By byte: its bit in the lower and in the upper half. */
export const lowBits = Int32Array.from({ length: 256 }, (_, byte) => bitOf(classOf(byte), 0));
export const highBits = Int32Array.from({ length: 256 }, (_, byte) => bitOf(classOf(byte), halfBits));

function bitOf(number: number, from: number): number {
  const bit = number - from;
  return bit >= 0 && bit < halfBits ? 1 << bit : 0;
}

export interface Mask {
  readonly low: number;
  readonly high: number;
}

export function maskOf(bytes: Iterable<number>): Mask {
  let [low, high] = [0, 0];
  for (const byte of bytes) {
    low |= lowBits[byte] ?? 0;
    high |= highBits[byte] ?? 0;
  }
  return { low, high };
}

export const bytesOf = (text: string): readonly number[] => Array.from(text, (sign) => sign.charCodeAt(0));

export const everyByte: Mask = { low: 2 ** halfBits - 1, high: 2 ** halfBits - 1 };

/** Some kind is in both. */
export const isMixed = (one: Mask, other: Mask): boolean =>
  (one.low & other.low) !== 0 || (one.high & other.high) !== 0;

/** Every kind of the one is in the other. */
export const isWithin = (one: Mask, other: Mask): boolean =>
  (one.low & ~other.low) === 0 && (one.high & ~other.high) === 0;

/** Both halves as one number, to look things up by. */
export const keyOf = (low: number, high: number): number => low + high * 2 ** halfBits;
