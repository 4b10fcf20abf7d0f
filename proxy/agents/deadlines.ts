// Deadlines that are all equally long: whoever comes first is due first, so one timer for the first is enough, however
// many calls there are, and it is precise to the millisecond, which the wheel of the worker (20 ms) is not. The timer is
// not touched when a call is settled in time: it finds out when it fires. Calls wait in a ring that forgets them as they
// are settled, in place: a list that is replaced leaves its calls behind in a dead copy. It refuses deadlines of other
// lengths.

import type { AgentCall } from './call.ts';

const firstPlaces = 64; // a power of two, as every size is

export class Deadlines {
  readonly #timeoutMs: number;
  readonly #onDue: (call: AgentCall) => void;
  #ring: Array<AgentCall | undefined> = emptyRing(firstPlaces);
  #first = 0; // the place of whoever came first
  #count = 0;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(timeoutMs: number, onDue: (call: AgentCall) => void) {
    this.#timeoutMs = timeoutMs;
    this.#onDue = onDue;
  }

  add(call: AgentCall): void {
    this.#forget();
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[(this.#first + this.#count) & (this.#ring.length - 1)] = call;
    this.#count += 1;
    this.#timer ??= setTimeout(() => this.#onTimer(), this.#timeoutMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#ring = emptyRing(firstPlaces);
    this.#count = 0;
  }

  /** How many it holds on to, settled ones included. */
  get size(): number {
    return this.#count;
  }

  #onTimer(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    for (let call = this.#next(); call !== undefined && call.dueMs <= nowMs; call = this.#next()) this.#onDue(call);
    const next = this.#next();
    if (next !== undefined)
      this.#timer ??= setTimeout(() => this.#onTimer(), Math.max(1, Math.ceil(next.dueMs - nowMs)));
  }

  /** The first that is not settled. */
  #next(): AgentCall | undefined {
    this.#forget();
    return this.#count === 0 ? undefined : this.#ring[this.#first];
  }

  #forget(): void {
    while (this.#count > 0 && this.#ring[this.#first]?.isSettled === true) {
      this.#ring[this.#first] = undefined; // what it holds on to would outlive the nursery
      this.#first = (this.#first + 1) & (this.#ring.length - 1);
      this.#count -= 1;
    }
  }

  #grow(): void {
    const before = this.#ring;
    this.#ring = emptyRing(2 * before.length);
    for (let place = 0; place < this.#count; place += 1)
      this.#ring[place] = before[(this.#first + place) & (before.length - 1)];
    this.#first = 0;
  }
}

function emptyRing(places: number): Array<AgentCall | undefined> {
  return new Array<AgentCall | undefined>(places).fill(undefined);
}
