// A connection that speaks version 1: the agent is configured first, then it is asked one call at a time, and its reply is
// narrowed before anybody sees it. It refuses replies nobody asked for, and it ends when a call is given up, since a late
// reply could not be told from the next one.

import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { hostLimits } from '#config/limits';
import { writeEvent } from '#protocol/event-json';
import { encodeFrame, FrameReader } from '#protocol/frame-v1';
import type { ConfigureEvent, Decision } from '#protocol/message';
import { readReply } from '#protocol/reply-json';
import { type AgentCall, type AgentFault, type FailedCall, failed } from './call.ts';
import type { AgentConnection, CancelReason, ConnectionEvents, Standing } from './connection.ts';

export class ConnectionV1 implements AgentConnection {
  readonly version = 1;
  readonly isUnderstood = true; // there is nothing to fall back to
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #events: ConnectionEvents;
  readonly #openingDeadline: NodeJS.Timeout;
  #call: AgentCall | undefined;
  #state: 'connecting' | 'configuring' | 'open' = 'connecting';
  #ended: FailedCall | undefined;

  constructor(path: string, configure: ConfigureEvent, events: ConnectionEvents) {
    this.#events = events;
    this.#socket = connect(path);
    this.#socket.on('connect', () => this.#configure(configure));
    this.#socket.on('data', (chunk) => this.#onData(chunk));
    this.#socket.on('error', (error) => this.end(this.#state === 'connecting' ? 'unreachable' : 'lost', error.message));
    this.#socket.on('close', () => this.end('lost', 'the agent closed the connection'));
    this.#openingDeadline = setTimeout(
      () => this.end('timed-out', 'no answer to its configuration'),
      hostLimits.linkOpeningMs,
    );
  }

  get isFree(): boolean {
    return this.#state === 'open' && this.#call === undefined;
  }

  get callsInFlight(): number {
    return this.#call === undefined ? 0 : 1;
  }

  send(call: AgentCall): void {
    assert(this.isFree); // one call at a time
    const frame = encodeFrame(writeEvent(call.event));
    if (frame === undefined) {
      call.settle(failed('too-large', 'the event does not fit a frame'));
      this.#events.onFree(this);
      return;
    }
    call.carrier = this;
    this.#call = call;
    this.#socket.write(frame);
  }

  cancel(call: AgentCall, reason: CancelReason): void {
    if (this.#call !== call) return;
    if (reason === 'timeout') this.end('timed-out', 'no answer in time');
    // A client that left is no reason to lose the connection: the reply is waited for, until the call's own deadline.
  }

  end(fault: AgentFault, detail: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = failed(fault, detail);
    clearTimeout(this.#openingDeadline);
    this.#socket.destroy();
    this.#events.onEnd(this, this.#ended);
    this.#call?.settle(this.#ended);
    this.#call = undefined;
  }

  #configure(event: ConfigureEvent): void {
    this.#state = 'configuring';
    const frame = encodeFrame(writeEvent(event));
    if (frame === undefined) this.end('too-large', 'its configuration does not fit a frame');
    else this.#socket.write(frame);
  }

  #onData(chunk: Buffer | string): void {
    assert(typeof chunk !== 'string'); // no encoding was asked for
    const { messages, problem } = this.#reader.push(chunk);
    for (const message of messages) this.#onMessage(message);
    if (problem !== undefined) this.end('bad-protocol', problem);
  }

  #onMessage(message: unknown): void {
    if (this.#ended !== undefined) return;
    const call = this.#call;
    const reading = readReply(message);
    if (!reading.ok) return this.end('bad-protocol', reading.problem);
    if (this.#state === 'configuring') return this.#onConfigured(reading.value.decision);
    if (call === undefined) return this.end('bad-protocol', 'a reply that nobody asked for');
    this.#call = undefined;
    call.settle({ ok: true, reply: reading.value });
    this.#events.onFree(this);
  }

  #onConfigured(decision: Decision): void {
    if (decision.type !== 'allow') return this.end('refused-config', reasonOf(decision));
    clearTimeout(this.#openingDeadline);
    this.#state = 'open';
    this.#events.onOpen(this, everything);
  }
}

export const everything: Standing = {
  phases: undefined,
  callsMax: Infinity,
  bodyBytesMax: Infinity,
  version: 1,
  encoding: 'json',
};

export function reasonOf(decision: Decision): string {
  const reason = decision.type === 'block' ? (decision.reason ?? decision.body) : undefined;
  return reason ?? 'without a reason';
}
