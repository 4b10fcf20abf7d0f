// The way to an agent that runs as several processes: one link for each, and for every call the one with the least to do
// among those that can be asked. The shaping decision: what an exchange began at one instance ends there, since an
// instance may remember it; so only its first event may go anywhere, and is asked of another instance, once, if its own
// is lost before it answers: no instance then knows half of anything. It refuses to know bounds and breakers: agent.ts
// has one of each for all instances together.

import { askingLimits } from '#config/limits';
import { type AgentEvent, correlationIdOf } from '#protocol/message';
import { type AgentCall, type AgentFault, type CallResult, type FailedCall, failed, type Phase } from './call.ts';
import type { CancelReason, Health, Standing } from './connection.ts';
import type { AgentLink } from './link.ts';

/** What agent.ts asks of a way to an agent, of one process or of several. */
export type Link = Pick<
  AgentLink,
  | 'ready'
  | 'faultAhead'
  | 'standing'
  | 'health'
  | 'isDegraded'
  | 'timeoutFactor'
  | 'callsMax'
  | 'callsInFlight'
  | 'takes'
  | 'send'
  | 'cancel'
  | 'close'
  | 'tell'
>;

export class Instance {
  readonly name: string;
  readonly link: Link;
  calls = 0; // that it was sent

  constructor(name: string, link: Link) {
    this.name = name;
    this.link = link;
  }
}

export class Instances implements Link {
  readonly all: readonly Instance[];
  readonly #remembers: boolean;
  readonly #placeOf = new Map<string, Instance>(); // by exchange, the oldest first
  #turn = 0;

  /** `remembers`: it is asked more than once about an exchange. */
  constructor(all: readonly Instance[], remembers: boolean) {
    this.all = all;
    this.#remembers = remembers;
  }

  async ready(): Promise<void> {
    await Promise.all(this.all.map(({ link }) => link.ready()));
  }

  get faultAhead(): AgentFault | undefined {
    const faults = this.all.map(({ link }) => link.faultAhead);
    return faults.includes(undefined) ? undefined : faults[0];
  }

  get standing(): Standing | undefined {
    return this.#first.standing;
  }

  get health(): Health['status'] {
    return this.#first.health;
  }

  get isDegraded(): boolean {
    return this.#reachable.every(({ isDegraded }) => isDegraded);
  }

  get timeoutFactor(): number {
    return Math.max(1, ...this.#reachable.map(({ timeoutFactor }) => timeoutFactor));
  }

  get callsMax(): number {
    return this.#reachable.reduce((sum, { callsMax }) => sum + callsMax, 0) || this.#first.callsMax;
  }

  get callsInFlight(): number {
    return this.all.reduce((sum, { link }) => sum + link.callsInFlight, 0);
  }

  takes(phase: Phase): boolean {
    return this.#first.takes(phase);
  }

  send(call: AgentCall): void {
    const id = exchangeOf(call.event);
    const known = this.#placeOf.get(id);
    if (known?.link.faultAhead !== undefined)
      return call.settle(failed('lost', `${known.name}, which had the exchange, is gone`));
    const instance = known ?? this.#leastBusy();
    if (call.event.type === 'request_headers') call.elsewhere = (why) => this.#sendElsewhere(call, instance, why);
    return this.#sendTo(instance, id, call);
  }

  #sendTo(instance: Instance, id: string, call: AgentCall): void {
    if (this.#remembers) this.#note(id, instance);
    instance.calls += 1;
    instance.link.send(call);
  }

  cancel(call: AgentCall, reason: CancelReason): void {
    call.carrier?.cancel(call, reason);
  }

  close(): void {
    for (const { link } of this.all) link.close();
  }

  tell(why: FailedCall): void {
    this.#first.tell(why);
  }

  /** True if another instance has it now. */
  #sendElsewhere(call: AgentCall, before: Instance, why: CallResult): boolean {
    call.elsewhere = undefined; // once
    if (why.ok || !isNoAnswer.has(why.fault)) return false;
    const instance = this.#leastBusy(before);
    if (instance === before || instance.link.faultAhead !== undefined) return false;
    this.#sendTo(instance, exchangeOf(call.event), call);
    return true;
  }

  #note(id: string, instance: Instance): void {
    if (this.#placeOf.get(id) === instance) return;
    this.#placeOf.set(id, instance);
    if (this.#placeOf.size <= askingLimits.placesMax) return;
    for (const oldest of this.#placeOf.keys()) return void this.#placeOf.delete(oldest);
  }

  /** Of those with as little to do, each in its turn. */
  #leastBusy(except?: Instance): Instance {
    let best: Instance | undefined;
    for (let looked = 0; looked < this.all.length; looked += 1) {
      const one = this.all[(this.#turn + looked) % this.all.length] as Instance;
      if (one === except || one.link.faultAhead !== undefined) continue;
      if (best === undefined || weightOf(one.link) < weightOf(best.link)) best = one;
    }
    this.#turn = (this.#turn + 1) % this.all.length;
    return best ?? except ?? (this.all[0] as Instance);
  }

  get #reachable(): Link[] {
    return this.all.map(({ link }) => link).filter(({ faultAhead }) => faultAhead === undefined);
  }

  /** It stands for all: they are the same program with the same configuration. */
  get #first(): Link {
    return this.#reachable[0] ?? (this.all[0] as Instance).link;
  }
}

function exchangeOf(event: AgentEvent): string {
  return event.type === 'configure' ? '' : correlationIdOf(event);
}

/** One that says it is degraded counts as twice as busy, and once more than one that is idle. */
function weightOf({ callsInFlight, isDegraded }: Link): number {
  return isDegraded ? 2 * callsInFlight + 1 : callsInFlight;
}

const isNoAnswer: ReadonlySet<AgentFault> = new Set(['lost', 'unreachable']);
