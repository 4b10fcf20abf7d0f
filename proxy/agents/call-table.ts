// The calls of one connection that wait for an answer, by their ids. The shaping decision: a table of slots and not a
// `Map`: a map that is filled and emptied grows a new table every few dozen calls, and the old one, once it has outlived
// the nursery, keeps the calls of that moment alive until the next full collection (4 of the 12 us that asking cost:
// docs/performance.md, "An agent on a route"). An id is a number that goes up; its low bits are its slot, and a number
// whose slot is taken is left out, so no id comes again before four thousand million others. It refuses to grow beyond
// twice the calls that it holds.

import assert from 'node:assert/strict';
import type { AgentCall } from './call.ts';

const firstSlots = 64; // a power of two, as every size is
const lastId = 0xffff_ffff;

export class CallTable {
  size = 0;
  #slots: Array<AgentCall | undefined> = emptySlots(firstSlots);
  #lastId = 0;

  /** An id that no call here has; it is taken by `add`, or left out. */
  freeId(): number {
    if (2 * this.size >= this.#slots.length) this.#grow();
    do this.#lastId = this.#lastId === lastId ? 1 : this.#lastId + 1;
    while (this.#slots[this.#slotOf(this.#lastId)] !== undefined);
    return this.#lastId;
  }

  /** Its id is the one that was given last. */
  add(call: AgentCall): void {
    const slot = this.#slotOf(call.id);
    assert(this.#slots[slot] === undefined);
    this.#slots[slot] = call;
    this.size += 1;
  }

  get(id: number): AgentCall | undefined {
    const call = this.#slots[this.#slotOf(id)];
    return call?.id === id ? call : undefined;
  }

  /** Whether it was here. */
  remove(call: AgentCall): boolean {
    const slot = this.#slotOf(call.id);
    if (this.#slots[slot] !== call) return false;
    this.#slots[slot] = undefined;
    this.size -= 1;
    return true;
  }

  takeAll(): AgentCall[] {
    const all = this.#slots.filter((call) => call !== undefined);
    this.#slots = emptySlots(firstSlots);
    this.size = 0;
    return all;
  }

  #slotOf(id: number): number {
    return id & (this.#slots.length - 1);
  }

  /** Ids that differ in their low bits differ in more of them, so none of those that are here meet. */
  #grow(): void {
    const before = this.#slots;
    this.#slots = emptySlots(2 * before.length);
    for (const call of before) if (call !== undefined) this.#slots[this.#slotOf(call.id)] = call;
  }
}

function emptySlots(count: number): Array<AgentCall | undefined> {
  return new Array<AgentCall | undefined>(count).fill(undefined);
}
