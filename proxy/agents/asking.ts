// Asking the agents of a route about one event: group after group, each seeing what the ones before it changed; the first
// that does not let the exchange pass ends it, and within a group the order of the route decides. The shaping decision: it
// goes on in the turn in which an answer is read, without a promise for each, because nearly every request that is asked
// about is asked about here; who can afford to wait uses `ask`. It refuses to judge answers: the inquiry does.

import type { AgentEvent, AgentReply } from '#protocol/message';
import type { AgentCall, CallResult, CallWaiter, Phase } from './call.ts';
import type { Inquiry, Stop } from './inquiry.ts';
import type { Group, Step } from './plan.ts';

export abstract class Asking implements CallWaiter {
  readonly inquiry: Inquiry;
  readonly phase: Phase;
  readonly #groups: readonly Group[];
  #next = 0; // of the groups
  #isEnough = false;

  constructor(inquiry: Inquiry, phase: Phase, groups: readonly Group[]) {
    this.inquiry = inquiry;
    this.phase = phase;
    this.#groups = groups;
  }

  /** As it is after what has been changed so far. */
  protected abstract event(): AgentEvent;
  /** Takes what only this event can change: a body, a frame. Whether that ends the asking. */
  protected onReply(_reply: AgentReply): boolean {
    return false;
  }
  /** All have been asked, or somebody does not let it pass. */
  protected abstract onDone(stop: Stop | undefined): void;
  /** In place of `onDone`: the exchange is over. */
  protected onOver(): void {}
  protected abstract onMistake(error: unknown): void;

  begin(): void {
    try {
      this.#askNext();
    } catch (error) {
      this.onMistake(error);
    }
  }

  /** Of a group of one. */
  onAnswer(call: AgentCall, result: CallResult): void {
    if (this.inquiry.isOver) return this.onOver();
    try {
      this.inquiry.end(call);
      const step = this.#groups[this.#next - 1]?.[0] as Step;
      this.#goOn(this.#take(step, call, result));
    } catch (error) {
      this.onMistake(error);
    }
  }

  #askNext(): void {
    const group = this.#groups[this.#next];
    if (group === undefined) return this.onDone(undefined);
    this.#next += 1;
    const [only] = group;
    if (only === undefined || group.length > 1) return this.#askTogether(group);
    if (!only.agent.link.takes(this.phase)) return this.#askNext();
    this.#begin(only, this.event(), this);
  }

  #askTogether(group: Group): void {
    const asked = group.filter(({ agent }) => agent.link.takes(this.phase));
    if (asked.length === 0) return this.#askNext();
    const event = this.event(); // the same for all
    const together = new Together(asked, () => this.#onAllAnswered(together));
    for (const [index, step] of asked.entries()) this.#begin(step, event, together.waiterFor(index));
  }

  #onAllAnswered(together: Together): void {
    if (this.inquiry.isOver) return this.onOver();
    try {
      let stop: Stop | undefined;
      for (const { step, call, result } of together.answers())
        if (stop === undefined && !this.#isEnough) stop = this.#take(step, call, result);
      this.#goOn(stop);
    } catch (error) {
      this.onMistake(error);
    }
  }

  #begin(step: Step, event: AgentEvent, waiter: CallWaiter): void {
    const call = step.agent.ask(this.phase, event, waiter);
    if (call.isSettled) return; // it was told already
    if (this.inquiry.isOver) call.cancel();
    else this.inquiry.begin(call);
  }

  #take(step: Step, call: AgentCall, result: CallResult): Stop | undefined {
    const stop = this.inquiry.take(this.phase, step, result, call.tookMs);
    if (stop === undefined && result.ok) this.#isEnough = this.onReply(result.reply);
    return stop;
  }

  #goOn(stop: Stop | undefined): void {
    if (stop !== undefined || this.#isEnough) this.onDone(stop);
    else this.#askNext();
  }
}

/** The agents of one group, asked at once: told when the last has answered. */
class Together {
  readonly #steps: readonly Step[];
  readonly #onAll: () => void;
  readonly #calls: AgentCall[] = [];
  readonly #results: CallResult[] = [];
  #missing: number;

  constructor(steps: readonly Step[], onAll: () => void) {
    this.#steps = steps;
    this.#missing = steps.length;
    this.#onAll = onAll;
  }

  waiterFor(index: number): CallWaiter {
    return {
      onAnswer: (call, result) => {
        this.#calls[index] = call;
        this.#results[index] = result;
        this.#missing -= 1;
        if (this.#missing === 0) this.#onAll();
      },
    };
  }

  /** In the order of the route. */
  answers(): Array<{ readonly step: Step; readonly call: AgentCall; readonly result: CallResult }> {
    return this.#steps.map((step, index) => ({
      step,
      call: this.#calls[index] as AgentCall,
      result: this.#results[index] as CallResult,
    }));
  }
}

export interface Ask {
  readonly phase: Phase;
  readonly groups: readonly Group[];
  readonly event: () => AgentEvent;
  readonly onReply?: (reply: AgentReply) => void;
}

/** Settles with what it came to; with nothing, if the exchange is over before. */
export function ask(inquiry: Inquiry, one: Ask): Promise<Stop | undefined> {
  return new Promise((resolve, reject) => new Awaited(inquiry, one, resolve, reject).begin());
}

class Awaited extends Asking {
  readonly #ask: Ask;
  readonly #resolve: (stop: Stop | undefined) => void;
  readonly #reject: (error: unknown) => void;

  constructor(inquiry: Inquiry, one: Ask, resolve: (stop: Stop | undefined) => void, reject: (error: unknown) => void) {
    super(inquiry, one.phase, one.groups);
    this.#ask = one;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected override event(): AgentEvent {
    return this.#ask.event();
  }

  protected override onReply(reply: AgentReply): boolean {
    this.#ask.onReply?.(reply);
    return false;
  }

  protected override onDone(stop: Stop | undefined): void {
    this.#resolve(stop);
  }

  protected override onOver(): void {
    this.#resolve(undefined);
  }

  protected override onMistake(error: unknown): void {
    this.#reject(error);
  }
}
