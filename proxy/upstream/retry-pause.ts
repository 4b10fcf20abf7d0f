// An exchange that waits before it is sent: for the delay of a retry, or for a place at a target that has all the
// connections it may have. It ends by time, by a place, or because the exchange is over, in which case nobody waits on.
// It refuses to send: what follows is told to the exchange's events, like everything that comes from outside.

import type { Refusal } from '../reply/refusals.ts';
import { Deadline, type TimerWheel } from '../timers.ts';

/** Who waits: an exchange. */
export interface Pausing {
  onPauseOver(): void;
}

export type NextStep = () => Refusal | undefined;

export class Pause {
  readonly #owner: Pausing;
  readonly #deadline: Deadline;
  readonly #onLeft: () => void;
  #next: NextStep;

  /** After the delay `next` is done, unless `goOn` names something else before; `onLeft`: the exchange is over. */
  constructor(owner: Pausing, timers: TimerWheel, delayMs: number, next: NextStep, onLeft: () => void) {
    this.#owner = owner;
    this.#next = next;
    this.#onLeft = onLeft;
    this.#deadline = new Deadline(timers, () => owner.onPauseOver());
    this.#deadline.set(delayMs);
  }

  /** What was waited for is there. */
  goOn(next: NextStep): void {
    this.#deadline.clear();
    this.#next = next;
    this.#owner.onPauseOver();
  }

  next(): Refusal | undefined {
    return this.#next();
  }

  leave(): void {
    this.#deadline.clear();
    this.#onLeft();
  }
}
