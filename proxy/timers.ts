// Deadlines by the thousand for the price of a number: a wheel of slots, turned by one timer of the system. Setting a
// deadline that is already in the wheel only writes down when it is due; it is moved when its slot comes round. Kept to
// within two ticks, never early. Time is an argument of `turn`, so tests need no clock. It refuses to be precise.

import assert from 'node:assert/strict';
import { timeLimits } from '#config/limits';

const slots = 512; // 10 s ahead; what is due later goes round again
const nowhere = -1;
const dayMsApart = 2;

export class Deadline {
  readonly #wheel: TimerWheel;
  readonly #onExpired: () => void;
  dueMs = Infinity;
  slot = nowhere;
  index = 0; // in its slot
  wakeMs = Infinity; // due from then on, it need not be moved: its slot comes round early enough

  constructor(wheel: TimerWheel, onExpired: () => void) {
    this.#wheel = wheel;
    this.#onExpired = onExpired;
  }

  /** From the latest reading of the clock: see `TimerWheel.refresh`. */
  set(delayMs: number): void {
    this.dueMs = this.#wheel.nowMs + delayMs;
    if (this.dueMs < this.wakeMs) this.#wheel.put(this);
  }

  /** It stays in the wheel, so that setting it again costs nothing. */
  clear(): void {
    this.dueMs = Infinity;
  }

  /** Out of the wheel: its owner is gone, and would be kept in memory until its slot comes round. */
  drop(): void {
    this.dueMs = Infinity;
    this.#wheel.drop(this);
  }

  get isSet(): boolean {
    return this.dueMs !== Infinity;
  }

  expire(): void {
    this.dueMs = Infinity;
    this.#onExpired();
  }
}

export class TimerWheel {
  /** The clock as it was last read. */
  nowMs: number;
  readonly #clock: () => number;
  readonly #timeOfDay: () => number;
  #dayMs = 0; // the time of day when the clock was at 0
  readonly #slots: Deadline[][] = Array.from({ length: slots }, () => []);
  #lastTick: number;
  #count = 0;
  #interval: NodeJS.Timeout | undefined = undefined;

  constructor(clock: () => number = () => performance.now(), timeOfDay: () => number = Date.now) {
    this.#clock = clock;
    this.#timeOfDay = timeOfDay;
    this.nowMs = clock();
    this.#dayMs = timeOfDay() - this.nowMs;
    this.#lastTick = this.#tickAt(this.nowMs);
  }

  /**
   * Reads the clock. Whatever comes from the event loop (bytes, a connection, an answer) does it once, first, and all
   * that follows from it shares the reading: a request needs seven, and each costs 0.06 us.
   */
  refresh(): number {
    this.nowMs = this.#clock();
    return this.nowMs;
  }

  /** The time of day of the latest reading, in whole milliseconds: without a call into the runtime for each access line. */
  get epochMs(): number {
    return Math.floor(this.#dayMs + this.nowMs);
  }

  /** Somebody may have set the system's clock. What differs by less is that one counts in whole milliseconds. */
  #followTimeOfDay(): void {
    const dayMs = this.#timeOfDay() - this.nowMs;
    if (Math.abs(dayMs - this.#dayMs) > dayMsApart) this.#dayMs = dayMs;
  }

  /** Turns by itself from now on, while there is anything in it; `onTurn` hears how late each turn was. */
  start(onTurn?: (lateMs: number) => void): void {
    let turnedMs = this.#clock();
    this.#interval ??= setInterval(() => {
      this.turn();
      onTurn?.(Math.max(0, this.nowMs - turnedMs - timeLimits.timerTickMs));
      turnedMs = this.nowMs;
    }, timeLimits.timerTickMs).unref();
  }

  stop(): void {
    clearInterval(this.#interval);
    this.#interval = undefined;
  }

  get size(): number {
    return this.#count;
  }

  /** Into the slot of its time; it is in none that comes round before that. */
  put(deadline: Deadline): void {
    const tick = Math.min(this.#tickAt(deadline.dueMs) + 1, this.#lastTick + slots);
    this.drop(deadline);
    deadline.wakeMs = (tick - 1) * timeLimits.timerTickMs;
    const slot = this.#slots[tick % slots];
    assert(slot !== undefined);
    deadline.slot = tick % slots;
    deadline.index = slot.push(deadline) - 1;
    this.#count += 1;
  }

  /** The last one of its slot takes its place. */
  drop(deadline: Deadline): void {
    if (deadline.slot === nowhere) return;
    const slot = this.#slots[deadline.slot];
    const last = slot?.pop();
    assert(slot !== undefined && last !== undefined);
    if (last !== deadline) {
      slot[deadline.index] = last;
      last.index = deadline.index;
    }
    deadline.slot = nowhere;
    deadline.wakeMs = Infinity;
    this.#count -= 1;
  }

  /** Expires what is due. */
  turn(): void {
    const nowMs = this.refresh();
    this.#followTimeOfDay();
    const tick = this.#tickAt(nowMs);
    const from = Math.max(this.#lastTick + 1, tick - slots + 1); // after a long stop each slot is looked at once
    this.#lastTick = tick;
    for (let at = from; at <= tick; at += 1) this.#empty(at % slots, nowMs);
  }

  #empty(slot: number, nowMs: number): void {
    const due = this.#slots[slot];
    assert(due !== undefined);
    if (due.length === 0) return;
    this.#slots[slot] = [];
    this.#count -= due.length;
    for (const deadline of due) {
      deadline.slot = nowhere;
      deadline.wakeMs = Infinity;
    }
    for (const deadline of due) {
      if (deadline.dueMs <= nowMs) deadline.expire();
      else if (deadline.dueMs !== Infinity) this.put(deadline);
    }
  }

  #tickAt(ms: number): number {
    return Math.floor(ms / timeLimits.timerTickMs);
  }
}
