// The way to one agent: its connections, opened as calls need them, and opened again when they are lost.
//
//   send -> a connection that is free?  yes: used at once
//                                       no:  one is opened, if it may be; the call waits, within its own deadline
//   agent known to be out of reach -> `faultAhead` says so; only the timer below tries again
//
// Version 2 is offered first, and needs one connection; an agent that ends the connection without an answer to the offer
// is spoken to in version 1, on several. What is found holds until the agent is gone: another process may stand behind the
// path then. The shaping decision: connections are opened by the link, never by a call, so a stalled agent costs one
// opening and not one per call. It refuses to know deadlines, failure modes and routes.

import type { Logger } from '#config/log';
import type { ConfigUpdate } from '#protocol/control';
import { reconnectDelayMs } from './backoff.ts';
import { type AgentCall, type AgentFault, type FailedCall, failed, type Phase } from './call.ts';
import type { AgentConnection, CancelReason, ConnectionEvents, Health, Standing } from './connection.ts';

export type OpenConnection = (version: 1 | 2, events: ConnectionEvents) => AgentConnection;

export interface LinkOptions {
  readonly name: string;
  readonly place: Readonly<Record<string, string>>; // as the log names it
  readonly open: OpenConnection;
  readonly version: 1 | 2 | undefined; // undefined: what the agent speaks
  readonly connectionsMax: number; // of version 1
  readonly connectionIdleMs: number;
  readonly log: Logger;
}

export class AgentLink {
  readonly #options: LinkOptions;
  readonly #open = new Set<AgentConnection>();
  readonly #openings = new Set<AgentConnection>();
  readonly #waiting = new Set<AgentCall>(); // for a connection
  readonly #told = new Set<AgentFault>(); // since the last reply: each fault is logged once
  readonly #idleSince = new Map<AgentConnection, number>();
  #version: 1 | 2;
  #standing: Standing | undefined;
  #health: Health = healthy;
  #failures = 0; // openings and connections lost in a row, since the last reply
  #connectedTold = false;
  readonly #updatesTold = new Set<ConfigUpdate['type']>();
  #state: 'reachable' | 'unreachable' | 'stopped' = 'reachable'; // until the first attempt shows otherwise
  #retry: NodeJS.Timeout | undefined;
  readonly #idleTimer: NodeJS.Timeout;
  readonly #firstAttempt = Promise.withResolvers<void>();

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#version = options.version ?? 2;
    this.#idleTimer = setInterval(() => this.#closeIdle(performance.now()), options.connectionIdleMs).unref();
    this.#openOne();
  }

  /** Settles once the first attempt to reach the agent has ended, either way. */
  ready(): Promise<void> {
    return this.#firstAttempt.promise;
  }

  /** Why a call would fail at once. */
  get faultAhead(): AgentFault | undefined {
    if (this.#state !== 'reachable') return this.#state === 'stopped' ? 'stopped' : 'unreachable';
    return this.#health.status === 'unhealthy' || this.#health.status === 'draining' ? 'unreachable' : undefined;
  }

  get standing(): Standing | undefined {
    return this.#standing;
  }

  get health(): Health['status'] {
    return this.#health.status;
  }

  get isDegraded(): boolean {
    return this.#health.status === 'degraded';
  }

  get timeoutFactor(): number {
    return this.#health.timeoutFactor;
  }

  get callsMax(): number {
    return this.#standing?.callsMax ?? Infinity;
  }

  /** Sent, or waiting for a connection. */
  get callsInFlight(): number {
    let count = this.#waiting.size;
    for (const connection of this.#open) count += connection.callsInFlight;
    return count;
  }

  /** Whether the agent takes such events; nobody knows before it has been reached. */
  takes(phase: Phase): boolean {
    return this.#standing?.phases?.has(phase) !== false;
  }

  send(call: AgentCall): void {
    for (const connection of this.#open) if (connection.isFree) return this.#sendOn(connection, call);
    call.carrier = this;
    this.#waiting.add(call);
    if (this.#openings.size < this.#waiting.size) this.#openOne();
  }

  cancel(call: AgentCall, reason: CancelReason): void {
    if (!this.#waiting.delete(call)) call.carrier?.cancel(call, reason);
  }

  /** Ends every connection and call; nothing is tried again. */
  close(): void {
    this.#state = 'stopped';
    clearTimeout(this.#retry);
    clearInterval(this.#idleTimer);
    for (const connection of [...this.#open, ...this.#openings]) connection.end('stopped', 'the proxy stops');
    this.#failWaiting(failed('stopped', 'the proxy stops'));
    this.#firstAttempt.resolve();
  }

  /** Without waiting for the time of the next try. */
  tryNow(): void {
    if (this.#retry === undefined || this.#open.size + this.#openings.size > 0) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#openOne();
  }

  /** Into the log, once for each fault since the last reply. */
  tell(why: FailedCall): void {
    const { name, place, log } = this.#options;
    if (this.#told.has(why.fault)) return;
    this.#told.add(why.fault);
    const facts = { agent: name, ...place, fault: why.fault, detail: why.detail };
    if (why.fault === 'refused-config') log.error('agent-refused-config', facts);
    else log.warn('agent-lost', facts);
    if (why.fault !== 'timed-out' && why.fault !== 'overloaded') this.#connectedTold = false;
  }

  #sendOn(connection: AgentConnection, call: AgentCall): void {
    this.#idleSince.delete(connection);
    connection.send(call);
  }

  #connectionsMax(): number {
    return this.#version === 2 ? 1 : this.#options.connectionsMax;
  }

  #openOne(): void {
    if (this.#state === 'stopped' || this.#open.size + this.#openings.size >= this.#connectionsMax()) return;
    this.#openings.add(this.#options.open(this.#version, this.#events));
  }

  readonly #events: ConnectionEvents = {
    onOpen: (connection, standing) => this.#onOpen(connection, standing),
    onFree: (connection) => this.#onFree(connection),
    onEnd: (connection, ended) => this.#onEnd(connection, ended),
    onHealth: (health) => this.#onHealth(health),
    onUpdate: (update) => this.#onUpdate(update),
    onWord: (facts) => this.#options.log.debug('agent-message', { agent: this.#options.name, ...facts }),
  };

  #onOpen(connection: AgentConnection, standing: Standing): void {
    this.#openings.delete(connection);
    this.#open.add(connection);
    this.#standing = standing;
    this.#health = healthy;
    this.#updatesTold.clear();
    if (this.#state === 'unreachable') this.#told.clear(); // an outage is over: the next one is news
    this.#state = 'reachable';
    this.#tellConnected(standing);
    this.#firstAttempt.resolve();
    this.#giveWork(connection);
  }

  /** A reply has come, or it takes calls again. */
  #onFree(connection: AgentConnection): void {
    this.#failures = 0;
    if (this.#told.size > 0) this.#told.clear();
    this.#giveWork(connection);
  }

  /** The call that has waited longest. */
  #giveWork(connection: AgentConnection): void {
    for (const call of this.#waiting) {
      if (!connection.isFree || !this.#open.has(connection)) return;
      this.#waiting.delete(call);
      this.#sendOn(connection, call);
    }
    if (this.#version === 1 && connection.isFree) this.#idleSince.set(connection, performance.now());
  }

  #onHealth(health: Health): void {
    const { name, log } = this.#options;
    const before = this.#health.status;
    this.#health = health;
    if (health.status !== before)
      log.info('agent-health', { agent: name, status: health.status, detail: health.detail });
    if (health.status === 'draining' || health.status === 'unhealthy')
      this.#failWaiting(failed('unreachable', `the agent says it is ${health.status}`));
  }

  /** Each sort is told once for a connection: nothing here acts on it but `request_reload`, which the connection answers. */
  #onUpdate(update: ConfigUpdate): void {
    const { name, log } = this.#options;
    if (this.#updatesTold.has(update.type)) return;
    this.#updatesTold.add(update.type);
    switch (update.type) {
      case 'request_reload':
        return log.debug('agent-message', { agent: name, word: update.type });
      case 'rule_update':
        return log.warn('agent-update-refused', { agent: name, rule_set: update.ruleSet });
      case 'list_update':
        return log.warn('agent-update-refused', { agent: name, list: update.listId });
      case 'restart_required':
        return log.warn('agent-asks-restart', { agent: name, detail: update.reason });
      case 'config_error':
        return log.error('agent-refused-config', { agent: name, detail: update.error, field: update.field });
    }
  }

  /** A connection is gone, whoever ended it and in whichever state it was. */
  #onEnd(connection: AgentConnection, ended: FailedCall): void {
    this.#idleSince.delete(connection);
    if (this.#openings.delete(connection)) this.#onOpeningFailed(connection, ended);
    else if (this.#open.delete(connection)) this.#onLost(ended);
  }

  #onLost(ended: FailedCall): void {
    if (this.#state === 'stopped' || ended.detail === idleWords) return;
    this.tell(ended);
    if (this.#open.size === 0) this.#onGone();
  }

  /** Who comes back may speak another version. */
  #onGone(): void {
    this.#version = this.#options.version ?? 2;
    this.#tryLater();
  }

  #onOpeningFailed(connection: AgentConnection, ended: FailedCall): void {
    if (this.#state === 'stopped') return this.#firstAttempt.resolve();
    if (this.#options.version === undefined && !connection.isUnderstood && ended.fault !== 'unreachable') {
      this.#version = 1; // at once: it listens, it only does not know version 2
      return this.#openOne();
    }
    this.#firstAttempt.resolve();
    this.tell(ended);
    this.#failWaiting(ended);
    if (this.#open.size > 0) return; // busy, not gone: its listen queue may be full
    this.#state = 'unreachable';
    if (ended.fault !== 'too-large') this.#onGone(); // trying again would change nothing
  }

  #failWaiting(why: FailedCall): void {
    const waiting = [...this.#waiting]; // who is told may ask again at once
    this.#waiting.clear();
    for (const call of waiting) call.settle(why);
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

  /** All but one of those that nobody has used for long. */
  #closeIdle(nowMs: number): void {
    for (const [connection, sinceMs] of this.#idleSince) {
      if (this.#open.size <= 1) return;
      if (nowMs - sinceMs >= this.#options.connectionIdleMs) connection.end('stopped', idleWords);
    }
  }

  #tellConnected({ version, encoding }: Standing): void {
    if (this.#connectedTold) return;
    this.#connectedTold = true;
    const { name, place, log } = this.#options;
    log.info('agent-connected', { agent: name, ...place, version, encoding });
  }
}

const healthy: Health = { status: 'healthy', timeoutFactor: 1, detail: undefined };
const idleWords = 'it was not needed';
