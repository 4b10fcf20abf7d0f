// One value that rules look at, and the bags such values are kept in. Names are compared without case, in ASCII only, as
// ModSecurity does: a byte above 0x7f is no letter. A bag keeps the spelling under which a name was first set.

import { wafRunLimits } from '#config/limits-waf-run';

export interface Item {
  readonly variable: string; // in upper case: `ARGS`
  readonly key: string | undefined; // as it came: `id`
  readonly value: string;
}

/** `ARGS:id`: what MATCHED_VAR_NAME says. */
export const nameOf = ({ variable, key }: Item): string => (key === undefined ? variable : `${variable}:${key}`);

export const asciiLower = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

export const isSameName = (one: string, other: string): boolean =>
  one.length === other.length && (one === other || asciiLower(one) === asciiLower(other));

/** C's atoi with room to 2^53: leading blanks, a sign, digits; anything else is 0. */
export function leadingInteger(text: string): number {
  const digits = /^[ \t\n\v\f\r]*([+-]?\d{1,15})/.exec(text)?.[1];
  return digits === undefined ? 0 : Number(digits);
}

/** Variables set by rules: TX, and each persistent record. */
export class Bag {
  readonly #entries = new Map<string, { readonly key: string; value: string }>();

  get(key: string): string | undefined {
    return this.#entries.get(asciiLower(key))?.value;
  }

  /** False where there is no room for another name. How long a value may be is for those who make one. */
  set(key: string, value: string): boolean {
    const name = asciiLower(key);
    const known = this.#entries.get(name);
    if (known !== undefined) known.value = value;
    else if (this.#entries.size >= wafRunLimits.variablesMax) return false;
    else this.#entries.set(name, { key, value });
    return true;
  }

  /** By a name that is in lower case already. */
  byLowerName(name: string): string | undefined {
    return this.#entries.get(name)?.value;
  }

  someName(is: (key: string) => boolean): boolean {
    for (const { key } of this.#entries.values()) if (is(key)) return true;
    return false;
  }

  delete(key: string): void {
    this.#entries.delete(asciiLower(key));
  }

  items(variable: string): readonly Item[] {
    return [...this.#entries.values()].map(({ key, value }) => ({ variable, key, value }));
  }
}
