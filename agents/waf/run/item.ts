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

/** A variable as it is at one moment: another value is another entry. */
export interface Entry {
  readonly key: string; // as first set
  readonly value: string;
}

/**
 * Variables set by rules: TX, and each persistent record. Names that are known before, those that rules name, have a slot
 * each and come in that order; others follow as they were set.
 */
export class Bag {
  readonly #slots: ReadonlyMap<string, number>; // by name in lower case
  readonly #named: (Entry | undefined)[]; // by slot
  readonly #others = new Map<string, Entry>();
  #size = 0;

  constructor(slots: ReadonlyMap<string, number> = noSlots) {
    this.#slots = slots;
    this.#named = slots.size === 0 ? [] : new Array(slots.size).fill(undefined);
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): string | undefined {
    return this.byLowerName(asciiLower(key));
  }

  /** False where there is no room for another name. How long a value may be is for those who make one. */
  set(key: string, value: string): boolean {
    return this.setByLowerName(asciiLower(key), key, value);
  }

  setByLowerName(name: string, key: string, value: string): boolean {
    const slot = this.#slots.get(name);
    if (slot !== undefined) return this.setSlot(slot, key, value);
    const known = this.#others.get(name);
    if (known === undefined && !this.#grow()) return false;
    this.#others.set(name, { key: known?.key ?? key, value });
    return true;
  }

  setSlot(slot: number, key: string, value: string): boolean {
    const known = this.#named[slot];
    if (known === undefined && !this.#grow()) return false;
    this.#named[slot] = { key: known?.key ?? key, value };
    return true;
  }

  #grow(): boolean {
    if (this.#size >= wafRunLimits.variablesMax) return false;
    this.#size += 1;
    return true;
  }

  /** By a name that is in lower case already. */
  byLowerName(name: string): string | undefined {
    return this.#entry(name)?.value;
  }

  #entry(name: string): Entry | undefined {
    const slot = this.#slots.get(name);
    return slot === undefined ? this.#others.get(name) : this.#named[slot];
  }

  bySlot(slot: number): Entry | undefined {
    return this.#named[slot];
  }

  /** An entry of an earlier time or of another bag of these slots; undefined takes the variable away. */
  putSlot(slot: number, entry: Entry | undefined): void {
    this.#size += Number(entry !== undefined) - Number(this.#named[slot] !== undefined);
    this.#named[slot] = entry;
  }

  /** The same by name; the spelling under which it was first set stays. */
  putByLowerName(name: string, entry: Entry): void {
    if (this.#slots.has(name) || this.#others.has(name)) this.setByLowerName(name, entry.key, entry.value);
    else if (this.#grow()) this.#others.set(name, entry);
  }

  /** As they are now, by slot. */
  named(): readonly (Entry | undefined)[] {
    return [...this.#named];
  }

  itemByLowerName(variable: string, name: string): Item | undefined {
    const entry = this.#entry(name);
    return entry === undefined ? undefined : { variable, key: entry.key, value: entry.value };
  }

  get slotCount(): number {
    return this.#named.length;
  }

  /** Those that have no slot. */
  others(): Iterable<Entry> {
    return this.#others.values();
  }

  delete(key: string): void {
    this.deleteByLowerName(asciiLower(key));
  }

  deleteByLowerName(name: string): void {
    const slot = this.#slots.get(name);
    if (slot !== undefined) this.putSlot(slot, undefined);
    else if (this.#others.delete(name)) this.#size -= 1;
  }

  itemsWhere(variable: string, is: (key: string) => boolean): readonly Item[] {
    const items: Item[] = [];
    for (const { key, value } of this.#entries()) if (is(key)) items.push({ variable, key, value });
    return items;
  }

  items(variable: string): readonly Item[] {
    return Array.from(this.#entries(), ({ key, value }) => ({ variable, key, value }));
  }

  *#entries(): Iterable<Entry> {
    for (const entry of this.#named) if (entry !== undefined) yield entry;
    yield* this.#others.values();
  }
}

const noSlots: ReadonlyMap<string, number> = new Map();
