// A clause: what a value that matches an expression holds, one of some texts, without regard to case, or one of some
// bytes. And how many values of clean traffic fulfil it, at a guess, which decides which of several is asked for and nothing
// else. It does not know where clauses come from: required.ts and beginning.ts work them out.
//
// Texts are lists and not sets: of those that are put together on the way to a clause most are thrown away, and a set
// would read each to the end to find its place.

import { asciiLower } from '../transform/bytes.ts';

/** Stands in texts for the place before the first byte: `^cat` is wanted there and nowhere else. No byte is it. */
export const startMark = '\u0100';

export class Clause {
  readonly texts: readonly string[]; // in lower case
  readonly bytes: readonly number[];
  #share: number | undefined;

  constructor(texts: readonly string[], bytes: readonly number[] = []) {
    this.texts = texts;
    this.bytes = bytes;
  }

  get isNone(): boolean {
    return this.texts.length === 0 && this.bytes.length === 0;
  }

  /** Of the values of clean traffic, those that fulfil it. */
  get share(): number {
    this.#share ??= this.isNone ? 0 : shareOf(this);
    return this.#share;
  }
}

export const noClause = new Clause([]);

/** What holds something of any of them. */
export function together(all: readonly Clause[]): Clause {
  const clauses = all.filter(({ isNone }) => !isNone);
  if (clauses.length <= 1) return clauses[0] ?? noClause;
  return new Clause(distinct(clauses.flatMap(({ texts }) => texts)), distinct(clauses.flatMap(({ bytes }) => bytes)));
}

/** The one that the fewest values fulfil. */
export function rarest(clauses: readonly Clause[]): Clause | undefined {
  let best: Clause | undefined;
  for (const clause of clauses) if (best === undefined || clause.share < best.share) best = clause;
  return best;
}

/** Of a class of characters, without regard to case. */
export const lettersOf = (set: Uint8Array): readonly string[] =>
  distinct(bytesOfSet(set).map((byte) => asciiLower(String.fromCharCode(byte))));

export const bytesOfSet = (set: Uint8Array): readonly number[] => [...set.keys()].filter((byte) => set[byte] === 1);

export const distinct = <One>(all: readonly One[]): readonly One[] => (all.length <= 1 ? all : [...new Set(all)]);

export function hasMark(texts: readonly string[]): boolean {
  return texts.some((text) => text.startsWith(startMark));
}

function shareOf({ texts, bytes }: Clause): number {
  let misses = 1;
  for (const byte of bytes) misses *= 1 - byteShare(byte);
  for (const text of texts) misses *= 1 - textShare(text);
  return 1 - misses;
}

function textShare(text: string): number {
  if (text === '') return 1;
  const known = text.length <= commonTextMost ? commonTexts.get(text) : undefined;
  if (known !== undefined) return known;
  if (text.length === 2 && isLetter(text.charCodeAt(0)) && isLetter(text.charCodeAt(1))) return 0.2;
  let share = byteShare(text.charCodeAt(0));
  for (let at = 1; at < Math.min(text.length, 6); at += 1) share *= 0.3 * byteShare(text.charCodeAt(at));
  return share;
}

const isLetter = (byte: number): boolean => byte >= 0x61 && byte <= 0x7a;

/** What words of plain text are, or hold. */
const commonTexts: ReadonlyMap<string, number> = new Map(
  ['or', 'in', 'on', 'at', 'and', 'is'].map((word) => [word, 0.6]),
);
const commonTextMost = 3;

const commonSigns: Readonly<Record<string, number>> = {
  ' ': 0.5,
  '.': 0.35,
  '-': 0.3,
  '/': 0.3,
  '=': 0.15,
  ',': 0.15,
  ':': 0.15,
  ';': 0.12,
  _: 0.15,
  '&': 0.08,
  '+': 0.1,
  '(': 0.08,
  ')': 0.08,
};

const byteShares = Float64Array.from({ length: 256 }, (_, byte) => {
  const sign = String.fromCharCode(byte);
  if (/[a-z]/i.test(sign)) return 0.45;
  if (/\d/.test(sign)) return 0.25;
  return commonSigns[sign] ?? (byte >= 0x80 ? 0.01 : 0.03);
});

const byteShare = (byte: number): number => byteShares[byte] ?? 1; // the mark is in every value
