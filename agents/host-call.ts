// One call of a handler: settled exactly once, and the signal by which a handler learns that nobody waits any more. The
// shaping decision: the signal is made when a handler asks for it, since most answer before anybody could give up. It
// refuses to settle twice: what comes second is nothing.

import type { Logger } from '#config/log';
import type { CancelReason } from '#protocol/control';
import type { AgentReply } from '#protocol/message';

/** Why a call has no reply. */
export class Fault {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

export type Answer = AgentReply | Fault;

export class Call {
  readonly log: Logger;
  readonly startedMs = performance.now();
  settled = false;
  readonly #done: (answer: Answer) => void;
  #abort: AbortController | undefined;
  #aborted: CancelReason | undefined;

  constructor(log: Logger, done: (answer: Answer) => void) {
    this.log = log;
    this.#done = done;
  }

  /** Aborted when the proxy no longer waits, with the reason as its text. Give it to `fetch`, timers, streams. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#aborted !== undefined) this.#abort.abort(this.#aborted);
    }
    return this.#abort.signal;
  }

  settle(answer: Answer): void {
    if (this.settled) return;
    this.settled = true;
    this.#done(answer);
  }

  abort(reason: CancelReason): void {
    this.#aborted = reason;
    this.#abort?.abort(reason);
  }
}
