// One event on its way to one agent, from the moment it is asked until it has its one outcome. The shaping decision: a
// call is settled once, by whoever is first (the reply, the deadline, the end of the connection, the exchange that nobody
// waits for any more), and then tells its agent and whoever asked, in the same turn: a promise in between cost 1 us and
// most of what a call leaves behind. It refuses to know agents and connections.

import { agentEvents } from '#config/schema-agents';
import { type AgentEvent, type AgentReply, plainAllow } from '#protocol/message';

/** The events that are put to agents, by their names in the configuration. */
export const phases = agentEvents;
export type Phase = (typeof phases)[number];

/** Why a call has no reply. */
export type AgentFault =
  | 'unreachable' // nobody listens, or nobody did when last tried
  | 'lost' // the agent ended the connection
  | 'bad-protocol' // it sent something else than one well-formed reply per call
  | 'timed-out'
  | 'declined' // it says itself that it has no answer
  | 'overloaded' // as many calls in flight and in the queue as are allowed
  | 'breaker-open' // it failed too often of late
  | 'refused-config'
  | 'too-large' // the event does not fit a frame
  | 'cancelled' // nobody waits for the reply any more
  | 'stopped'; // the proxy is shutting down

export type CallResult =
  | { readonly ok: true; readonly reply: AgentReply }
  | { readonly ok: false; readonly fault: AgentFault; readonly detail: string };

export type FailedCall = Extract<CallResult, { ok: false }>;

export function failed(fault: AgentFault, detail: string): FailedCall {
  return { ok: false, fault, detail };
}

/** Who keeps the books of an agent's calls. */
export interface CallKeeper {
  onSettled(call: AgentCall, result: CallResult, wasSent: boolean): void;
}

/** Who asked. It must not throw: it is told in the middle of reading what others wait for, too. */
export interface CallWaiter {
  onAnswer(call: AgentCall, result: CallResult): void;
}

/** An allowance without changes, as most answers are. */
export const allowed: CallResult = Object.freeze({ ok: true, reply: plainAllow });

/** What a reply comes to, in a word. */
export function decisionOf({ decision, websocket }: AgentReply): string {
  if (decision.type !== 'allow' || websocket === undefined) return decision.type;
  return typeof websocket === 'string' ? websocket : 'close';
}

export class AgentCall {
  readonly phase: Phase;
  readonly event: AgentEvent;
  readonly startedMs: number;
  readonly timeoutMs: number;
  tookMs = 0; // once it is settled
  /** A multiplexed connection's own number for it. */
  id = 0;
  state: 'waiting' | 'sent' | 'settled' = 'waiting';
  /** What it was sent on. */
  carrier: { cancel(call: AgentCall, reason: 'client_disconnect' | 'timeout'): void } | undefined = undefined;
  /** Takes it to another instance of the agent, if that may be; then it is not settled. */
  elsewhere: ((why: CallResult) => boolean) | undefined = undefined;
  /** Told when it is settled, before anybody else. */
  afterwards: (() => void) | undefined = undefined;
  isTrial = false; // its outcome decides about a half-open breaker
  readonly #keeper: CallKeeper;
  readonly #waiter: CallWaiter;

  constructor(
    phase: Phase,
    event: AgentEvent,
    startedMs: number,
    timeoutMs: number,
    keeper: CallKeeper,
    waiter: CallWaiter,
  ) {
    this.phase = phase;
    this.event = event;
    this.startedMs = startedMs;
    this.timeoutMs = timeoutMs;
    this.#keeper = keeper;
    this.#waiter = waiter;
  }

  get dueMs(): number {
    return this.startedMs + this.timeoutMs;
  }

  get isSettled(): boolean {
    return this.state === 'settled';
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    if (this.state === 'settled') return;
    if (this.state === 'sent') this.carrier?.cancel(this, 'client_disconnect');
    this.settle(failed('cancelled', 'the exchange is over'));
  }

  settle(result: CallResult): void {
    if (this.state === 'settled' || this.elsewhere?.(result) === true) return;
    const wasSent = this.state === 'sent';
    this.state = 'settled';
    this.afterwards?.();
    this.#keeper.onSettled(this, result, wasSent);
    this.#waiter.onAnswer(this, result);
  }
}
