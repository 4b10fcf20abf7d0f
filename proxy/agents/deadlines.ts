// Deadlines that are all equally long: whoever comes first is due first, so one timer for the first is enough, however
// many calls there are, and it is precise to the millisecond, which the wheel of the worker (20 ms) is not. The timer is
// not touched when a call is settled in time: it finds out when it fires. It refuses deadlines of other lengths.

import type { AgentCall } from './call.ts';

export class Deadlines {
  readonly #timeoutMs: number;
  readonly #onDue: (call: AgentCall) => void;
  #calls: Array<AgentCall | undefined> = [];
  #first = 0; // of those before it none waits any more
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(timeoutMs: number, onDue: (call: AgentCall) => void) {
    this.#timeoutMs = timeoutMs;
    this.#onDue = onDue;
  }

  add(call: AgentCall): void {
    this.#forget();
    this.#calls.push(call);
    this.#timer ??= setTimeout(() => this.#onTimer(), this.#timeoutMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#calls = [];
    this.#first = 0;
  }

  /** How many it holds on to, settled ones included. */
  get size(): number {
    return this.#calls.length - this.#first;
  }

  #onTimer(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    for (let call = this.#next(); call !== undefined && call.dueMs <= nowMs; call = this.#next()) this.#onDue(call);
    const next = this.#next();
    if (next !== undefined) this.#timer = setTimeout(() => this.#onTimer(), Math.max(1, Math.ceil(next.dueMs - nowMs)));
  }

  /** The first that is not settled. */
  #next(): AgentCall | undefined {
    this.#forget();
    return this.#calls[this.#first];
  }

  #forget(): void {
    while (this.#calls[this.#first]?.isSettled === true) {
      this.#calls[this.#first] = undefined; // what it holds on to would outlive the nursery: 3 us of collecting each
      this.#first += 1;
    }
    if (this.#first < forgottenMax && this.#first < this.#calls.length) return;
    this.#calls = this.#calls.slice(this.#first);
    this.#first = 0;
  }
}

const forgottenMax = 256; // moved out of the list together
