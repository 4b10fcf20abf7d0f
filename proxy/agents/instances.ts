// The way to an agent that runs as several processes: one link for each, and for every call the one with the least to do
// among those that can be asked. The shaping decision: what an exchange began at one instance ends there, since an
// instance may remember it; so only its first event may go anywhere, and is asked of another instance, once, if its own
// is lost before it answers: no instance then knows half of anything. It refuses to know bounds and breakers: agent.ts
// has one of each for all instances together.

import { askingLimits } from '#config/limits';
import { type AgentEvent, correlationIdOf } from '#protocol/message';
import { type AgentCall, type AgentFault, type CallResult, type FailedCall, failed, type Phase } from './call.ts';
import type { CancelReason, Health, Standing } from './connection.ts';
import { LargeBodies } from './large-bodies.ts';
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
  | 'tryNow'
>;

export class Instance {
  readonly name: string;
  readonly link: Link;
  calls = 0; // that it was sent
  bytes = 0; // of bodies in calls that it has not answered

  constructor(name: string, link: Link) {
    this.name = name;
    this.link = link;
  }
}

export class Instances implements Link {
  readonly all: readonly Instance[];
  readonly #large = new LargeBodies<Instance>();
  #places = new Map<string, Instance>(); // by exchange, until its last event
  #oldPlaces = new Map<string, Instance>(); // of exchanges of whose end nobody is told
  #turn = 0;

  constructor(all: readonly Instance[]) {
    this.all = all;
  }

  async ready(): Promise<void> {
    await Promise.all(this.all.map(({ link }) => link.ready()));
  }

  get faultAhead(): AgentFault | undefined {
    return this.#first.faultAhead;
  }

  get standing(): Standing | undefined {
    return this.#first.standing;
  }

  get health(): Health['status'] {
    return this.#first.health;
  }

  // Asked for every call: no lists are made.

  get isDegraded(): boolean {
    for (const { link } of this.all) if (link.faultAhead === undefined && !link.isDegraded) return false;
    return this.#first.isDegraded;
  }

  get timeoutFactor(): number {
    let most = 1;
    for (const { link } of this.all) if (link.faultAhead === undefined) most = Math.max(most, link.timeoutFactor);
    return most;
  }

  get callsMax(): number {
    let sum = 0;
    for (const { link } of this.all) if (link.faultAhead === undefined) sum += link.callsMax;
    return sum === 0 ? this.#first.callsMax : sum;
  }

  get callsInFlight(): number {
    let sum = 0;
    for (const { link } of this.all) sum += link.callsInFlight;
    return sum;
  }

  takes(phase: Phase): boolean {
    return this.#first.takes(phase);
  }

  send(call: AgentCall): void {
    const id = exchangeOf(call.event);
    const known = this.#places.get(id) ?? this.#oldPlaces.get(id);
    if (known?.link.faultAhead !== undefined)
      return call.settle(failed('lost', `${known.name}, which had the exchange, is gone`));
    const instance = known ?? this.#laneFor(call, id) ?? this.#leastBusy();
    if (call.event.type === 'request_headers') call.elsewhere = (why) => this.#sendElsewhere(call, instance, why);
    return this.#sendTo(instance, id, call);
  }

  #sendTo(instance: Instance, id: string, call: AgentCall): void {
    const { event } = call;
    if (event.type === 'request_complete') this.#places.delete(id);
    else this.#note(id, instance);
    instance.calls += 1;
    if (event.type === 'request_body_chunk' || event.type === 'response_body_chunk')
      this.#weigh(instance, id, call, event);
    instance.link.send(call);
  }

  #weigh(instance: Instance, id: string, call: AgentCall, { data, isLast }: BodyEvent): void {
    instance.bytes += data.byteLength;
    call.afterwards = () => {
      instance.bytes -= data.byteLength;
      if (isLast) this.#large.release(id);
    };
  }

  /** A long body keeps a process busy for long: such bodies go to one of them while it has few, and leave the others free. */
  #laneFor({ event, startedMs }: AgentCall, id: string): Instance | undefined {
    if (event.type !== 'request_headers') return undefined;
    const { bodyBytes: bytes = 0 } = event;
    if (bytes < askingLimits.largeBodyBytesLeast) return undefined;
    const usable = this.all.filter(({ link }) => link.faultAhead === undefined);
    return this.#large.place(id, bytes, usable, startedMs);
  }

  tryNow(): void {
    for (const { link } of this.all) link.tryNow();
  }

  instance(name: string): Instance | undefined {
    return this.all.find((one) => one.name === name);
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

  /** Also of an agent that asked for nothing but heads: it may answer that it needs the body. */
  #note(id: string, instance: Instance): void {
    if (this.#places.get(id) === instance) return;
    this.#places.set(id, instance);
    if (this.#places.size <= askingLimits.placesMax / 2) return;
    this.#oldPlaces = this.#places; // taking out the oldest one by one costs a walk over the holes of those before it
    this.#places = new Map();
  }

  /** Of those with as little to do, each in its turn. */
  #leastBusy(except?: Instance): Instance {
    let best: Instance | undefined;
    for (let looked = 0; looked < this.all.length; looked += 1) {
      const one = this.all[(this.#turn + looked) % this.all.length] as Instance;
      if (one === except || one.link.faultAhead !== undefined) continue;
      if (best === undefined || weightOf(one) < weightOf(best)) best = one;
    }
    this.#turn = (this.#turn + 1) % this.all.length;
    return best ?? except ?? (this.all[0] as Instance);
  }

  /** It stands for all: they are the same program with the same configuration. */
  get #first(): Link {
    for (const { link } of this.all) if (link.faultAhead === undefined) return link;
    return (this.all[0] as Instance).link;
  }
}

function exchangeOf(event: AgentEvent): string {
  return event.type === 'configure' ? '' : correlationIdOf(event);
}

/** One that says it is degraded counts as twice as busy, and once more than one that is idle. */
function weightOf({ bytes, link: { callsInFlight, isDegraded } }: Instance): number {
  const weight = callsInFlight + bytes / askingLimits.bytesLikeCall;
  return isDegraded ? 2 * weight + 1 : weight;
}

type BodyEvent = Extract<AgentEvent, { type: 'request_body_chunk' | 'response_body_chunk' }>;

const isNoAnswer: ReadonlySet<AgentFault> = new Set(['lost', 'unreachable']);
