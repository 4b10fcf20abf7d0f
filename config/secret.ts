// A value that must never be printed: tokens, keys, and what an agent is given in its environment.
// The shaping decision: the mask is the default. Printing, JSON, string building and inspection all give `***`;
// only `reveal()` gives the text, so every place that shows a secret can be found by one search.

import { inspect } from 'node:util';

export const secretMask = '***';

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return secretMask;
  }

  toJSON(): string {
    return secretMask;
  }

  [inspect.custom](): string {
    return secretMask;
  }
}
