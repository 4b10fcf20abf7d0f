// One agent as the rest of the proxy sees it: asked within its bounds, never waited for longer than its deadline.
//
//   ask -> breaker open?            settled at once
//       -> out of reach?            settled at once
//       -> room in flight?          sent
//       -> room in the queue?       waits for its turn, within its deadline
//       -> none                     settled at once: overloaded
//
// The shaping decision: all bounds stand here, so that connections know nothing of them and agents cannot touch each
// other. It refuses to know failure modes: it says what happened, inquiry.ts decides what that means.

import type { Logger } from '#config/log';
import type { AgentConfig } from '#config/schema';
import type { AgentEvent } from '#protocol/message';
import { Breaker, type BreakerRules } from '../upstream/breaker.ts';
import { AgentMetrics } from './agent-metrics.ts';
import {
  AgentCall,
  type AgentFault,
  type CallKeeper,
  type CallResult,
  type CallWaiter,
  decisionOf,
  type FailedCall,
  failed,
  type Phase,
} from './call.ts';
import { Deadlines } from './deadlines.ts';
import type { Link } from './instances.ts';

export class Agent implements CallKeeper {
  readonly name: string;
  readonly config: AgentConfig;
  readonly metrics = new AgentMetrics();
  readonly breaker = new Breaker();
  readonly link: Link;
  readonly #log: Logger;
  readonly #rules: BreakerRules | undefined;
  readonly #timeoutsMs: Readonly<Record<Phase, number>>;
  readonly #queue = new Set<AgentCall>(); // in the order in which they came
  readonly #deadlines = new Map<number, Deadlines>(); // by their length
  #inFlight = 0;
  #hasOverreached = false;

  constructor(config: AgentConfig, link: Link, log: Logger) {
    this.name = config.name;
    this.config = config;
    this.link = link;
    this.#log = log;
    this.#rules = config.circuitBreaker;
    this.#timeoutsMs = timeoutsOf(config);
  }

  /** `waiter` has an answer within the deadline, whatever the agent does; at once, if there will be none. */
  ask(phase: Phase, event: AgentEvent, waiter: CallWaiter): AgentCall {
    const timeoutMs = this.timeoutMs(phase);
    const call = new AgentCall(phase, event, performance.now(), timeoutMs, this, waiter);
    const fault = this.#faultAhead(call.startedMs);
    if (fault !== undefined) call.settle(failed(fault, faultWords[fault] ?? fault));
    else {
      if (this.#rules !== undefined) call.isTrial = this.breaker.begin();
      this.#deadlinesOf(timeoutMs).add(call);
      if (this.#inFlight < this.#inFlightMax()) this.#send(call);
      else this.#enqueue(call);
    }
    return call;
  }

  timeoutMs(phase: Phase): number {
    return this.#timeoutsMs[phase] * this.link.timeoutFactor;
  }

  /** It would do what it may not: said once. */
  overreach(fault: FailedCall): FailedCall {
    if (!this.#hasOverreached) this.#log.warn('agent-overreached', { agent: this.name, detail: fault.detail });
    this.#hasOverreached = true;
    return fault;
  }

  close(): void {
    this.link.close();
    for (const call of [...this.#queue]) call.settle(failed('stopped', 'the proxy stops'));
    for (const deadlines of this.#deadlines.values()) deadlines.close();
  }

  #faultAhead(nowMs: number): AgentFault | undefined {
    if (this.#rules !== undefined) {
      this.breaker.turn(nowMs);
      if (!this.breaker.allows(this.#rules)) return 'breaker-open';
    }
    return this.link.faultAhead;
  }

  /** A degraded agent gets half of what it is allowed. */
  #inFlightMax(): number {
    const { maxConcurrentCalls } = this.config;
    return Math.min(this.link.callsMax, this.link.isDegraded ? Math.ceil(maxConcurrentCalls / 2) : maxConcurrentCalls);
  }

  #send(call: AgentCall): void {
    this.#inFlight += 1;
    call.state = 'sent';
    this.link.send(call);
  }

  #enqueue(call: AgentCall): void {
    if (this.#queue.size >= this.config.maxQueuedCalls) {
      const fault = failed('overloaded', `${this.#inFlight} calls in flight, ${this.#queue.size} in the queue`);
      this.link.tell(fault);
      call.settle(fault);
      return;
    }
    this.#queue.add(call);
    this.metrics.of(call.phase).queued += 1;
  }

  onSettled(call: AgentCall, result: CallResult, wasSent: boolean): void {
    const nowMs = performance.now();
    const metrics = this.metrics.of(call.phase);
    call.tookMs = nowMs - call.startedMs;
    metrics.count(result.ok ? 'ok' : result.fault, call.tookMs / 1000);
    if (result.ok) metrics.countDecision(decisionOf(result.reply));
    if (this.#rules !== undefined) this.#judge(call, result, nowMs, this.#rules);
    if (wasSent) this.#inFlight -= 1;
    else if (this.#queue.delete(call)) metrics.queued -= 1;
    if (this.#queue.size > 0) this.#sendNext();
  }

  #sendNext(): void {
    for (const call of this.#queue) {
      if (this.#inFlight >= this.#inFlightMax()) return;
      this.#queue.delete(call);
      this.metrics.of(call.phase).queued -= 1;
      const fault = this.link.faultAhead;
      if (fault === undefined) this.#send(call);
      else call.settle(failed(fault, faultWords[fault] ?? fault));
    }
  }

  /** What the agent is to blame for; the rest says nothing about it. */
  #judge(call: AgentCall, result: CallResult, nowMs: number, rules: BreakerRules): void {
    const { state } = this.breaker;
    if (result.ok) this.breaker.succeed(call.isTrial, rules);
    else if (isItsFault.has(result.fault)) this.breaker.fail(call.isTrial, nowMs, rules);
    else if (call.isTrial) this.breaker.abandon();
    if (this.breaker.state === state) return;
    const { state: now } = this.breaker;
    if (now === 'open') {
      this.metrics.breakerOpens += 1;
      this.#log.warn('agent-breaker-opened', { agent: this.name, fault: result.ok ? undefined : result.fault });
    } else if (now === 'closed') this.#log.info('agent-breaker-closed', { agent: this.name });
  }

  #deadlinesOf(timeoutMs: number): Deadlines {
    const known = this.#deadlines.get(timeoutMs);
    if (known !== undefined) return known;
    const fresh = new Deadlines(timeoutMs, (call) => this.#onDue(call, timeoutMs));
    this.#deadlines.set(timeoutMs, fresh);
    return fresh;
  }

  #onDue(call: AgentCall, timeoutMs: number): void {
    const fault = failed('timed-out', `no answer within ${timeoutMs} ms`);
    this.link.tell(fault);
    if (call.state === 'sent') this.link.cancel(call, 'timeout');
    call.settle(fault);
  }
}

function timeoutsOf({ timeoutMs, eventTimeouts }: AgentConfig): Readonly<Record<Phase, number>> {
  return {
    'request-headers': eventTimeouts.requestHeadersMs ?? timeoutMs,
    'request-body': eventTimeouts.requestBodyMs ?? timeoutMs,
    'response-headers': eventTimeouts.responseHeadersMs ?? timeoutMs,
    'response-body': eventTimeouts.responseBodyMs ?? timeoutMs,
    'websocket-frame': eventTimeouts.websocketFrameMs ?? timeoutMs,
    log: timeoutMs,
  };
}

const isItsFault: ReadonlySet<AgentFault> = new Set([
  'unreachable',
  'lost',
  'bad-protocol',
  'timed-out',
  'declined',
  'refused-config',
]);

const faultWords: Partial<Record<AgentFault, string>> = {
  'breaker-open': 'it failed too often of late',
  unreachable: 'not connected',
  stopped: 'the proxy stops',
};
