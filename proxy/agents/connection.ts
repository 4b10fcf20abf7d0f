// One connection to an agent, speaking v1: one call at a time, its reply narrowed before anybody sees it. The shaping
// decision: whatever goes wrong ends the connection with a fault, and the fault is the result of the call in flight;
// so a call has exactly one outcome, and an agent that dies settles its call in the moment the kernel says so. It holds
// no timer: who has a deadline ends the connection. It refuses replies nobody asked for.

import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { FrameReader } from '#protocol/frame-v1';
import type { AgentReply } from '#protocol/message';
import { readReply } from '#protocol/reply-json';

/** Why a call has no reply. */
export type AgentFault =
  | 'unreachable' // nobody listens, or nobody did when last tried
  | 'lost' // the agent ended the connection
  | 'bad-protocol' // it sent something else than one well-formed reply per call
  | 'timed-out'
  | 'overloaded' // as many calls in flight as are allowed
  | 'refused-config'
  | 'too-large' // the event does not fit a frame
  | 'stopped'; // the proxy is shutting down

export type CallResult =
  | { readonly ok: true; readonly reply: AgentReply }
  | { readonly ok: false; readonly fault: AgentFault; readonly detail: string };

export type FailedCall = Extract<CallResult, { ok: false }>;

export class AgentConnection {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #onEnd: (ended: FailedCall) => void;
  #waiting: ((result: CallResult) => void) | undefined;
  #connected = false;
  #ended: FailedCall | undefined;

  /** `onEnd` is told once, in the moment of the end, before the call in flight is. */
  constructor(path: string, onEnd: (ended: FailedCall) => void) {
    this.#onEnd = onEnd;
    this.#socket = connect(path);
    this.#socket.on('connect', () => {
      this.#connected = true;
    });
    this.#socket.on('data', (chunk) => this.#onData(chunk));
    this.#socket.on('error', (error) => this.end(this.#connected ? 'lost' : 'unreachable', error.message));
    this.#socket.on('close', () => this.end('lost', 'the agent closed the connection'));
  }

  /** May be called before the connection stands: the socket keeps the frame until then. */
  call(frame: Buffer): Promise<CallResult> {
    if (this.#ended !== undefined) return Promise.resolve(this.#ended);
    assert(this.#waiting === undefined); // one call at a time
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#socket.write(frame);
    });
  }

  /** Ends the connection, and with it the call in flight. Only the first reason counts. */
  end(fault: AgentFault, detail: string): void {
    if (this.#ended !== undefined) return;
    const ended: FailedCall = { ok: false, fault, detail };
    this.#ended = ended;
    this.#socket.destroy();
    this.#onEnd(ended);
    this.#settle(ended);
  }

  #onData(chunk: Buffer | string): void {
    assert(typeof chunk !== 'string'); // no encoding was asked for
    const { messages, problem } = this.#reader.push(chunk);
    for (const message of messages) this.#onMessage(message);
    if (problem !== undefined) this.end('bad-protocol', problem);
  }

  #onMessage(message: unknown): void {
    const reading = readReply(message);
    if (this.#waiting === undefined) this.end('bad-protocol', 'a reply that nobody asked for');
    else if (!reading.ok) this.end('bad-protocol', reading.problem);
    else if (isBeyond(reading.value)) this.end('bad-protocol', 'a reply that asks for what this proxy does not do');
    else this.#settle({ ok: true, reply: reading.value });
  }

  #settle(result: CallResult): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(result);
  }
}

/** What would otherwise be believed to have happened. */
function isBeyond({ decision, needsMore, requestBody, responseBody, routing }: AgentReply): boolean {
  const rerouted = routing.upstreamOverride !== undefined || routing.routeOverride !== undefined;
  const changed = requestBody !== undefined || responseBody !== undefined;
  return decision.type === 'challenge' || needsMore || changed || rerouted;
}
