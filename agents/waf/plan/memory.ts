// What is known of texts that come again, in a table of a fixed size. A row is found by a few letters, without reading the
// text whole as a `Map` has to, and has two places: a text that is met again moves to the first, and a new one takes the second,
// so that texts which never come again drive out none that do. Whoever makes texts that share a row loses what is remembered
// of his own. It refuses to grow, and to hold on to the body that a text was cut out of.

import { bytesOf, textOf } from '../transform/scratch.ts';

export interface Remembered {
  readonly text: string; // a copy: see copyOf
  readonly owner: number; // of many that share a memory
}

export class Memory<One extends Remembered> {
  readonly #first: (One | undefined)[];
  readonly #second: (One | undefined)[];
  readonly #mask: number;
  #owners = 0;

  /** `most`: a power of two. */
  constructor(most: number) {
    this.#first = Array.from({ length: most / 2 });
    this.#second = Array.from({ length: most / 2 });
    this.#mask = most / 2 - 1;
  }

  get(text: string, owner: number): One | undefined {
    const row = rowOf(text, owner) & this.#mask;
    const first = this.#first[row];
    if (first !== undefined && first.owner === owner && first.text === text) return first;
    const second = this.#second[row];
    if (second === undefined || second.owner !== owner || second.text !== text) return undefined;
    this.#first[row] = second;
    this.#second[row] = first;
    return second;
  }

  /** Texts of different owners are different. One alone may be 0. */
  newOwner(): number {
    this.#owners += 1;
    return this.#owners;
  }

  keep(one: One): One {
    this.#second[rowOf(one.text, one.owner) & this.#mask] = one;
    return one;
  }
}

/** A piece of a string keeps the whole string alive, so it is copied. A short one is a copy already. */
export const copyOf = (text: string): string => (text.length < 13 ? text : textOf(bytesOf(text), text.length));

/** By all letters of a short text, and some sixteen of a longer one, those at the end among them. */
function rowOf(text: string, owner: number): number {
  const { length } = text;
  const step = (length >> 4) + 1;
  let sum = length + (owner << 9);
  for (let at = length - 1; at >= 0; at -= step) sum = Math.imul(sum, 31) + text.charCodeAt(at);
  sum = Math.imul(sum, 0x9e3779b1);
  return sum ^ (sum >>> 15);
}
