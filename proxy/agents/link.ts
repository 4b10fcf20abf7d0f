// The way to one agent: a small pool of connections, grown as calls need it and bounded by the calls allowed in flight.
//
//   call -> idle connection?  yes: used at once
//                             no:  one is opened (connect, configure); the call waits for it, within its own deadline
//   agent known to be out of reach -> the call fails at once; only the timer below tries again
//
// The shaping decision: connections are opened by the link, never by a call, so a stalled agent costs one opening and
// not one per call. Every connection is configured before it is used, since the agent behind the path may be another
// process than a moment ago. It refuses to know failure modes and routes: it says what happened, ask.ts decides.

import { hostLimits } from '#config/limits';
import type { Logger } from '#config/log';
import type { Decision } from '#protocol/message';
import { reconnectDelayMs } from './backoff.ts';
import { AgentConnection, type AgentFault, type CallResult, type FailedCall } from './connection.ts';

export interface LinkOptions {
  readonly name: string;
  readonly path: string;
  readonly configureFrame: Buffer | undefined; // undefined: the configuration does not fit a frame
  readonly callsInFlightMax: number;
  readonly timeoutMs: number; // of one call
  readonly log: Logger;
}

export class AgentLink {
  readonly #options: LinkOptions;
  readonly #open = new Set<AgentConnection>(); // configured, idle or in a call
  readonly #idle: AgentConnection[] = []; // last in, first out
  readonly #openings = new Set<AgentConnection>();
  readonly #waiters = new Set<Waiter>();
  readonly #told = new Set<AgentFault>(); // since the last reply: each fault is logged once
  #callsInFlight = 0;
  #failures = 0; // openings and connections lost in a row, since the last reply
  #connectedTold = false;
  #state: 'reachable' | 'unreachable' | 'stopped' = 'reachable'; // until the first attempt shows otherwise
  #retry: NodeJS.Timeout | undefined;
  readonly #firstAttempt = Promise.withResolvers<void>();

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#openOne();
  }

  /** Settles once the first attempt to reach the agent has ended, either way. */
  ready(): Promise<void> {
    return this.#firstAttempt.promise;
  }

  /** Has an outcome within the deadline, whatever the agent does. */
  async call(frame: Buffer): Promise<CallResult> {
    if (this.#state !== 'reachable')
      return failed(this.#state === 'stopped' ? 'stopped' : 'unreachable', 'not connected');
    if (this.#callsInFlight >= this.#options.callsInFlightMax) {
      return this.#tell(failed('overloaded', `${this.#callsInFlight} calls in flight`));
    }
    this.#callsInFlight += 1;
    try {
      return await this.#callInTime(frame);
    } finally {
      this.#callsInFlight -= 1;
    }
  }

  /** Ends every connection and call; nothing is tried again. */
  close(): void {
    this.#state = 'stopped';
    clearTimeout(this.#retry);
    for (const connection of [...this.#open, ...this.#openings]) connection.end('stopped', 'the proxy stops');
    this.#failWaiters(failed('stopped', 'the proxy stops'));
    this.#firstAttempt.resolve();
  }

  /** One timer for the whole call: it ends the waiting for a connection, or the connection that does not answer. */
  async #callInTime(frame: Buffer): Promise<CallResult> {
    let giveUp: () => void;
    const detail = `no answer within ${this.#options.timeoutMs} ms`;
    const deadline = setTimeout(() => giveUp(), this.#options.timeoutMs);
    try {
      const waiter = new Waiter();
      giveUp = () => {
        this.#waiters.delete(waiter);
        waiter.settle(this.#tell(failed('timed-out', detail)));
      };
      const connection = this.#idle.pop() ?? (await this.#waitForConnection(waiter));
      if (!(connection instanceof AgentConnection)) return connection;
      giveUp = () => connection.end('timed-out', detail); // in v1 its late answer could not be told from the next one
      return this.#finishCall(connection, await connection.call(frame));
    } finally {
      clearTimeout(deadline);
    }
  }

  #finishCall(connection: AgentConnection, result: CallResult): CallResult {
    if (!result.ok) return result;
    this.#failures = 0;
    this.#told.clear();
    this.#release(connection);
    return result;
  }

  #waitForConnection(waiter: Waiter): Promise<AgentConnection | FailedCall> {
    this.#waiters.add(waiter);
    if (this.#openings.size < this.#waiters.size) this.#openOne();
    return waiter.settled;
  }

  /** To the call that has waited longest, else to the idle ones. */
  #release(connection: AgentConnection): void {
    if (!this.#open.has(connection)) return; // it ended in the same moment
    const [waiter] = this.#waiters;
    if (waiter === undefined) {
      this.#idle.push(connection);
      return;
    }
    this.#waiters.delete(waiter);
    waiter.settle(connection);
  }

  #openOne(): void {
    const { path, configureFrame } = this.#options;
    if (configureFrame === undefined) {
      this.#giveUp(failed('too-large', 'its configuration does not fit a frame'));
      return;
    }
    const connection = new AgentConnection(path, (ended) => this.#onEnd(connection, ended));
    this.#openings.add(connection);
    const deadline = setTimeout(
      () => connection.end('timed-out', 'no answer to its configuration'),
      hostLimits.linkOpeningMs,
    );
    void connection.call(configureFrame).then((result) => {
      clearTimeout(deadline);
      if (result.ok) this.#onConfigured(connection, result.reply.decision);
    });
  }

  /** For good: trying again would change nothing. */
  #giveUp(why: FailedCall): void {
    this.#state = 'unreachable';
    this.#tell(why);
    this.#firstAttempt.resolve();
  }

  #onConfigured(connection: AgentConnection, decision: Decision): void {
    if (decision.type !== 'allow') {
      const reason = decision.type === 'block' ? (decision.reason ?? decision.body) : undefined;
      connection.end('refused-config', reason ?? 'without a reason');
      return;
    }
    this.#openings.delete(connection);
    this.#open.add(connection);
    if (this.#state === 'unreachable') this.#told.clear(); // an outage is over: the next one is news
    this.#state = 'reachable';
    this.#tellConnected();
    this.#firstAttempt.resolve();
    this.#release(connection);
  }

  /** A connection is gone, whoever ended it and in whichever state it was. */
  #onEnd(connection: AgentConnection, ended: FailedCall): void {
    if (this.#openings.delete(connection)) this.#onOpeningFailed(ended);
    else this.#onLost(connection, ended);
  }

  #onLost(connection: AgentConnection, ended: FailedCall): void {
    this.#open.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    if (this.#state === 'stopped') return;
    this.#tell(ended);
    if (this.#open.size === 0) this.#tryLater();
  }

  #onOpeningFailed(ended: FailedCall): void {
    this.#firstAttempt.resolve();
    if (this.#state === 'stopped') return;
    this.#tell(ended);
    this.#failWaiters(ended);
    if (this.#open.size > 0) return; // busy, not gone: its listen queue may be full
    this.#state = 'unreachable';
    this.#tryLater();
  }

  #failWaiters(why: FailedCall): void {
    for (const waiter of this.#waiters) waiter.settle(why);
    this.#waiters.clear();
  }

  #tryLater(): void {
    this.#failures += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(
      () => {
        if (this.#open.size + this.#openings.size === 0) this.#openOne();
      },
      reconnectDelayMs(this.#failures, Math.random()),
    );
  }

  #tell(why: FailedCall): FailedCall {
    const { name, path, log } = this.#options;
    if (this.#told.has(why.fault)) return why;
    this.#told.add(why.fault);
    const facts = { agent: name, socket: path, fault: why.fault, detail: why.detail };
    if (why.fault === 'refused-config') log.error('agent-refused-config', facts);
    else log.warn('agent-lost', facts);
    if (why.fault !== 'timed-out' && why.fault !== 'overloaded') this.#connectedTold = false;
    return why;
  }

  #tellConnected(): void {
    if (this.#connectedTold) return;
    this.#connectedTold = true;
    this.#options.log.info('agent-connected', { agent: this.#options.name, socket: this.#options.path });
  }
}

/** A call that waits for a connection. */
class Waiter {
  readonly #resolvers = Promise.withResolvers<AgentConnection | FailedCall>();
  readonly settled = this.#resolvers.promise;

  settle(outcome: AgentConnection | FailedCall): void {
    this.#resolvers.resolve(outcome);
  }
}

function failed(fault: AgentFault, detail: string): FailedCall {
  return { ok: false, fault, detail };
}
