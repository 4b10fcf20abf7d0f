// Version 2 on one connection of an agent: many calls at the same time, answered in whatever order they are settled, all
// answers of one turn in one write. The shaping decision: a fault of one call costs that call (an answer that says so in
// sentinel-binary, silence elsewhere, since JSON has no word for it), a fault of the stream costs the connection. Before
// it ends, a draining agent says so and waits for the proxy's pong: what was sent before that has then been read. It
// refuses events before the handshake.

import type { Socket } from 'node:net';
import { hostLimits } from '#config/limits';
import type { Logger } from '#config/log';
import {
  AgentReader,
  type ProxyMessage,
  sendControl,
  sendFailure,
  sendHandshakeResponse,
  sendPing,
  sendPong,
  sendReply,
} from '#protocol/codec-v2';
import { type Encoding, encodings, type HandshakeRequest } from '#protocol/control';
import { FrameBatch } from '#protocol/frame-batch';
import type { Answerer } from './host-answer.ts';
import { type Answer, type Call, Fault } from './host-call.ts';
import { capabilitiesOf } from './host-capabilities.ts';
import type { Session } from './host-session.ts';

const drainPing = Buffer.from('{"sequence":0}');

export class SessionV2 implements Session {
  readonly #socket: Socket;
  readonly #answerer: Answerer;
  readonly #log: Logger;
  readonly #batch: FrameBatch;
  readonly #reader = new AgentReader((message) => this.#onMessage(message));
  readonly #calls = new Map<number | string, Call>(); // those that were not answered in the same turn
  #unanswered = 0;
  #stopListening: (() => void) | undefined; // set by the handshake
  #state: 'opening' | 'open' | 'draining' | 'drained' = 'opening';
  #drainDeadline: NodeJS.Timeout | undefined;

  constructor(socket: Socket, answerer: Answerer, log: Logger) {
    this.#socket = socket;
    this.#answerer = answerer;
    this.#log = log;
    this.#batch = FrameBatch.for(socket);
  }

  push(chunk: Buffer): void {
    const problem = this.#reader.push(chunk);
    if (problem !== undefined) this.#refuse(problem);
    else if (this.#socket.writableNeedDrain) this.#readLater();
  }

  drain(): void {
    if (this.#state === 'opening') this.#socket.end();
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    sendPing(this.#batch, drainPing);
    this.#drainDeadline = setTimeout(() => this.#onDrained(), hostLimits.drainPongMs);
  }

  close(): void {
    this.#reader.stop();
    this.#stopListening?.();
    clearTimeout(this.#drainDeadline);
    for (const call of this.#calls.values()) call.abort('client_disconnect');
    this.#calls.clear();
  }

  #onMessage(message: ProxyMessage): void {
    switch (message.type) {
      case 'event':
        return this.#onEvent(message);
      case 'cancel':
        return this.#onCancel(message.callId ?? message.correlationId ?? '', message.reason);
      case 'ping':
        sendPong(this.#batch, Buffer.from(message.payload));
        return undefined;
      case 'pong':
        return this.#state === 'draining' ? this.#onDrained() : undefined;
      case 'handshake-request':
        return this.#onHandshake(message.request);
    }
  }

  #onEvent({ callId, correlationId, event }: Extract<ProxyMessage, { type: 'event' }>): void {
    if (this.#stopListening === undefined) return this.#refuse('an event before the handshake');
    const key = this.#reader.encoding === 'sentinel-binary' ? callId : correlationId;
    const silent = event.type === 'request_complete';
    if (this.#unanswered >= hostLimits.callsInFlightMax) {
      this.#say(callId, correlationId, new Fault(`${this.#unanswered} calls in flight`));
      return;
    }
    this.#unanswered += 1;
    const call = this.#answerer.answer(event, (answer) => {
      if (!silent) this.#say(callId, correlationId, answer);
      this.#onSettled(key);
    });
    if (!call.settled) this.#calls.set(key, call);
  }

  /** In JSON two calls of one exchange have one key: the later of them is the one that can be cancelled. */
  #onSettled(key: number | string): void {
    this.#unanswered -= 1;
    if (this.#calls.get(key)?.settled === true) this.#calls.delete(key);
    if (this.#state === 'drained') this.#endIfIdle();
  }

  #say(callId: number, correlationId: string, answer: Answer): void {
    if (this.#socket.destroyed) return; // the proxy waits no longer
    const { encoding } = this.#reader;
    if (answer instanceof Fault) this.#sayFailure(encoding, callId, answer.why);
    else if (!sendReply(this.#batch, encoding, callId, correlationId, answer))
      this.#sayFailure(encoding, callId, 'a reply over the size of a frame');
  }

  #sayFailure(encoding: Encoding, callId: number, why: string): void {
    sendFailure(this.#batch, encoding, callId, why);
    this.#log.warn('agent-bad-peer', { fault: why });
  }

  /** Nobody waits for the answer: it is not sent, though the handler may still give it. */
  #onCancel(key: number | string, reason: Parameters<Call['abort']>[0]): void {
    const call = this.#calls.get(key);
    if (call === undefined) return; // answered in the meantime
    call.settled = true;
    call.abort(reason);
    this.#answerer.status.ended(call, false);
    this.#onSettled(key);
  }

  #onHandshake(request: HandshakeRequest): void {
    if (this.#stopListening !== undefined) return this.#refuse('a second handshake');
    const encoding = encodings.find((one) => one === request.supportedEncodings.find(isOurs)) ?? 'json';
    const error = request.supportedVersions.includes(2) ? undefined : 'this agent speaks the versions 1 and 2';
    const capabilities = capabilitiesOf(this.#answerer.agent);
    sendHandshakeResponse(this.#batch, {
      protocolVersion: 2,
      capabilities,
      success: error === undefined,
      error,
      encoding,
    });
    if (error !== undefined) {
      this.#batch.flush();
      this.#socket.end();
      return;
    }
    this.#reader.encoding = encoding;
    this.#state = 'open';
    const { status } = this.#answerer;
    this.#stopListening = status.listen((message) => sendControl(this.#batch, encoding, message));
    sendControl(this.#batch, encoding, status.health());
  }

  /** Everything that the proxy sent before it knew has been read: the answers are still owed, nothing else. */
  #onDrained(): void {
    clearTimeout(this.#drainDeadline);
    this.#state = 'drained';
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (this.#unanswered > 0) return;
    this.#batch.flush();
    this.#socket.end();
  }

  /** A proxy that does not read its answers gets no new ones. */
  #readLater(): void {
    this.#socket.pause();
    this.#socket.once('drain', () => this.#socket.resume());
  }

  #refuse(fault: string): void {
    if (this.#socket.destroyed) return;
    this.#reader.stop();
    this.#log.warn('agent-bad-peer', { fault });
    this.#socket.destroy();
  }
}

function isOurs(encoding: string): boolean {
  return encodings.some((one) => one === encoding);
}
