// Version 2 on one connection of an agent: many calls at the same time, answered in whatever order they are settled, over
// whatever wire. The shaping decision: a fault of one call costs that call (an answer that says so in sentinel-binary and
// over gRPC, silence elsewhere, since JSON has no word for it), a fault of the stream costs the connection. Before
// it ends, a draining agent says so and waits for the proxy's pong: what was sent before that has then been read. It
// refuses events before the handshake.

import { hostLimits } from '#config/limits';
import type { Logger } from '#config/log';
import type { ProxyMessage } from '#protocol/codec-v2';
import type { HandshakeRequest } from '#protocol/control';
import type { Answerer } from './host-answer.ts';
import { type Answer, type Call, Fault } from './host-call.ts';
import { capabilitiesOf } from './host-capabilities.ts';
import type { HostWire } from './host-wire.ts';

const drainPing = Buffer.from('{"sequence":0}');

export class SessionV2 {
  readonly #wire: HostWire;
  readonly #answerer: Answerer;
  readonly #log: Logger;
  readonly #calls = new Map<number | string, Call>(); // those that were not answered in the same turn
  #unanswered = 0;
  #stopListening: (() => void) | undefined; // set by the handshake
  #state: 'opening' | 'open' | 'draining' | 'drained' = 'opening';
  #drainDeadline: NodeJS.Timeout | undefined;

  constructor(wire: HostWire, answerer: Answerer, log: Logger) {
    this.#wire = wire;
    this.#answerer = answerer;
    this.#log = log;
  }

  drain(): void {
    if (this.#state === 'opening') this.#wire.end();
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    this.#wire.sendPing(drainPing);
    this.#drainDeadline = setTimeout(() => this.#onDrained(), hostLimits.drainPongMs);
  }

  close(): void {
    this.#stopListening?.();
    clearTimeout(this.#drainDeadline);
    for (const call of this.#calls.values()) call.abort('client_disconnect');
    this.#calls.clear();
  }

  /** The proxy says something. */
  onMessage(message: ProxyMessage): void {
    switch (message.type) {
      case 'event':
        return this.#onEvent(message);
      case 'cancel':
        return this.#onCancel(message.callId ?? message.correlationId ?? '', message.reason);
      case 'ping':
        return this.#wire.sendPong(Buffer.from(message.payload));
      case 'pong':
        return this.#state === 'draining' ? this.#onDrained() : undefined;
      case 'handshake-request':
        return this.#onHandshake(message.request);
    }
  }

  #onEvent({ callId, correlationId, event }: Extract<ProxyMessage, { type: 'event' }>): void {
    if (this.#stopListening === undefined) return this.refuse('an event before the handshake');
    const key = this.#wire.hasCallIds ? callId : correlationId;
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
    if (this.#wire.isClosed) return; // the proxy waits no longer
    if (answer instanceof Fault) this.#sayFailure(callId, correlationId, answer.why);
    else if (!this.#wire.sendReply(callId, correlationId, answer))
      this.#sayFailure(callId, correlationId, 'a reply over the size of a frame');
  }

  #sayFailure(callId: number, correlationId: string, why: string): void {
    this.#wire.sendFailure(callId, correlationId, why);
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
    if (this.#stopListening !== undefined) return this.refuse('a second handshake');
    const encoding = this.#wire.choose(request);
    const error = request.supportedVersions.includes(2) ? undefined : 'this agent speaks the versions 1 and 2';
    const capabilities = capabilitiesOf(this.#answerer.agent);
    this.#wire.sendAnswer({
      protocolVersion: 2,
      capabilities,
      success: error === undefined,
      error,
      encoding,
    });
    if (error !== undefined) {
      this.#wire.end();
      return;
    }
    this.#wire.use(encoding);
    this.#state = 'open';
    const { status } = this.#answerer;
    this.#stopListening = status.listen((message) => this.#wire.sendControl(message));
    this.#wire.sendControl(status.health());
  }

  /** Everything that the proxy sent before it knew has been read: the answers are still owed, nothing else. */
  #onDrained(): void {
    clearTimeout(this.#drainDeadline);
    this.#state = 'drained';
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (this.#unanswered === 0) this.#wire.end();
  }

  /** What cannot be understood ends it: where the next message begins, or whose it is, is not known any more. */
  refuse(fault: string): void {
    if (this.#wire.isClosed) return;
    this.#log.warn('agent-bad-peer', { fault });
    this.#wire.destroy();
  }
}
