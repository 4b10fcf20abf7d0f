// Whether a variable of TX is of some kind, asked in transaction after transaction. Nearly all of them are the same entries
// each time, since passages and names of headers put back what they made (item.ts), so of an entry it is remembered that it
// was not. Bounded: one for each slot, some besides, none with a long value.

import type { Bag, Entry } from '../run/item.ts';
import { unitsLeft } from '../run/work.ts';

const valueBytesMax = 1024;
const othersMax = 256;

export class EntrySearch {
  readonly #bySlot: (Entry | undefined)[] = [];
  readonly #others = new Set<Entry>();

  /** `is`: gives the same answer for the same entry until all is forgotten. */
  some(bag: Bag, is: (entry: Entry) => boolean): boolean {
    for (let slot = 0; slot < bag.slotCount; slot += 1) {
      const entry = bag.bySlot(slot);
      if (entry === undefined || entry === this.#bySlot[slot]) continue;
      const before = unitsLeft();
      if (is(entry)) return true;
      if (isKept(entry, before)) this.#bySlot[slot] = entry;
    }
    for (const entry of bag.others()) {
      if (this.#others.has(entry)) continue;
      const before = unitsLeft();
      if (is(entry)) return true;
      if (isKept(entry, before)) this.#keep(entry);
    }
    return false;
  }

  forget(): void {
    this.#bySlot.length = 0;
    this.#others.clear();
  }

  #keep(entry: Entry): void {
    if (this.#others.size >= othersMax) this.#others.clear();
    this.#others.add(entry);
  }
}

/** What spent work has to spend it each time. */
const isKept = ({ key, value }: Entry, unitsBefore: number): boolean =>
  unitsLeft() === unitsBefore && key.length + value.length <= valueBytesMax;
