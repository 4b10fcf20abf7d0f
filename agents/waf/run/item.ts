// One value that rules look at, and the bags such values are kept in. Names are compared without case, in ASCII only, as
// ModSecurity does: a byte above 0x7f is no letter. A bag keeps the spelling under which a name was first set.

import { wafRunLimits } from '#config/limits-waf-run';
import { asciiLower, isDigit, toLower } from '../transform/bytes.ts';

export interface Item {
  readonly variable: string; // in upper case: `ARGS`
  readonly key: string | undefined; // as it came: `id`
  readonly value: string;
}

/** `ARGS:id`: what MATCHED_VAR_NAME says. */
export const nameOf = ({ variable, key }: Item): string => (key === undefined ? variable : `${variable}:${key}`);

export function isSameName(one: string, other: string): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) {
    if (toLower(one.charCodeAt(at)) !== toLower(other.charCodeAt(at))) return false;
  }
  return true;
}

/** C's atoi with room to 2^53: leading blanks, a sign, digits; anything else is 0. */
export function leadingInteger(text: string): number {
  if (text.length === 1 && isDigit(text.charCodeAt(0))) return text.charCodeAt(0) - 0x30; // scores, mostly
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
    return this.setByLowerName(asciiLower(key), key, value);
  }

  setByLowerName(name: string, key: string, value: string): boolean {
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

  itemByLowerName(variable: string, name: string): Item | undefined {
    const entry = this.#entries.get(name);
    return entry === undefined ? undefined : { variable, key: entry.key, value: entry.value };
  }

  someName(is: (key: string) => boolean): boolean {
    for (const { key } of this.#entries.values()) if (is(key)) return true;
    return false;
  }

  delete(key: string): void {
    this.#entries.delete(asciiLower(key));
  }

  deleteByLowerName(name: string): void {
    this.#entries.delete(name);
  }

  itemsWhere(variable: string, is: (key: string) => boolean): readonly Item[] {
    const items: Item[] = [];
    for (const { key, value } of this.#entries.values()) if (is(key)) items.push({ variable, key, value });
    return items;
  }

  items(variable: string): readonly Item[] {
    return [...this.#entries.values()].map(({ key, value }) => ({ variable, key, value }));
  }
}
