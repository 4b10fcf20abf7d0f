// Is a child alive? It is asked over its channel, and answers from the event loop that serves: one that is stopped or
// spins does not. The shaping decision: questions come so often that a child which fell silent right after an answer is
// known to be silent when `missesMax` intervals have passed, no later. A child that answers once is well again, so a
// supervisor that was itself stopped for a while kills nobody. It refuses to kill: it says so, policy decides.

import type { Liveness } from './plan.ts';

export interface Pulsed {
  ask(what: 'ping', id: number): void;
}

export class Pulse {
  readonly #timer: NodeJS.Timeout;
  readonly #liveness: Liveness;
  readonly #child: Pulsed;
  readonly #onSilent: (ms: number) => void;
  #asked = 0;
  #unanswered = 0;

  constructor(child: Pulsed, liveness: Liveness, onSilent: (ms: number) => void) {
    this.#child = child;
    this.#liveness = liveness;
    this.#onSilent = onSilent;
    this.#timer = setInterval(() => this.#beat(), periodMs(liveness));
    this.#ask();
  }

  heard(): void {
    this.#unanswered = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const { intervalMs, missesMax } = this.#liveness;
    if (this.#unanswered < missesMax) return this.#ask();
    this.stop();
    return this.#onSilent(intervalMs * missesMax);
  }

  #ask(): void {
    this.#asked += 1;
    this.#unanswered += 1;
    this.#child.ask('ping', this.#asked);
  }
}

/** `missesMax` questions without an answer and the time for the last of them fit into `missesMax` intervals. */
export function periodMs({ intervalMs, missesMax }: Liveness): number {
  return (intervalMs * missesMax) / (missesMax + 1);
}
