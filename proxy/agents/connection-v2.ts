// A connection that speaks version 2, over whatever wire: an offer and its answer, the configuration, then any number of
// calls at once, each known by its id (`sentinel-binary`) or by its exchange (the other encodings).
//
// A reply to a call that was given up is late and is dropped; one to a call that never was ends the connection. Where
// replies are known by their exchange alone, a late one could be taken for the next answer about the same exchange: such
// an exchange is not put to the agent again until it has come. It refuses whatever is not the agent's to say.

import { askingLimits, hostLimits } from '#config/limits';
import { type AgentMessage, callKey } from '#protocol/codec-v2';
import type { ConfigUpdate, Encoding, FlowControl, HandshakeResponse, HealthStatus } from '#protocol/control';
import type { GrpcFailure } from '#protocol/grpc';
import { type AgentReply, type ConfigureEvent, correlationIdOf, type EventType, plainAllow } from '#protocol/message';
import { type AgentCall, type AgentFault, allowed, type FailedCall, failed, type Phase } from './call.ts';
import { CallTable } from './call-table.ts';
import type { AgentConnection, CancelReason, ConnectionEvents, Standing } from './connection.ts';
import { reasonOf } from './connection-v1.ts';
import { LateCalls } from './late-calls.ts';
import type { OpenWire, Wire } from './wire.ts';

export class ConnectionV2 implements AgentConnection {
  readonly version = 2;
  isUnderstood = false;
  readonly #wire: Wire;
  readonly #events: ConnectionEvents;
  readonly #configure: ConfigureEvent;
  readonly #calls = new CallTable();
  readonly #byExchange = new Map<string, AgentCall[]>(); // of encodings without ids
  readonly #late = new LateCalls();
  readonly #pinger: NodeJS.Timeout;
  #openingDeadline: NodeJS.Timeout;
  #encoding: Encoding = 'json';
  #state: 'connecting' | 'offering' | 'configuring' | 'open' = 'connecting';
  #standing: Standing | undefined;
  #ended: FailedCall | undefined;
  #isPaused = false;
  #hasPonged = false;
  #isPongDue = false;
  #heardSincePing = true;

  constructor(openWire: OpenWire, configure: ConfigureEvent, events: ConnectionEvents) {
    this.#events = events;
    this.#configure = configure;
    this.#openingDeadline = setTimeout(() => this.#onOpeningLate(), askingLimits.handshakeMs);
    this.#wire = openWire({
      onConnect: () => this.#offer(),
      onHeard: () => {
        this.#heardSincePing = true;
      },
      onMessage: (message) => this.#onMessage(message),
      onGone: (fault, detail) => this.end(fault ?? (this.#state === 'connecting' ? 'unreachable' : 'lost'), detail),
    });
    this.#pinger = setInterval(() => this.#ping(), askingLimits.pingEveryMs).unref();
  }

  get isFree(): boolean {
    return this.#state === 'open' && !this.#isPaused;
  }

  get callsInFlight(): number {
    return this.#calls.size;
  }

  send(call: AgentCall): void {
    const key = this.#encoding === 'sentinel-binary' ? undefined : callKey(0, call.event);
    if (key !== undefined && call.phase !== 'log' && this.#late.has(key))
      return call.settle(failed('timed-out', 'an earlier answer about the same exchange is still owed'));
    const id = this.#calls.freeId();
    if (!this.#wire.sendEvent(id, key ?? '', call.event))
      return call.settle(failed('too-large', 'the event does not fit a frame'));
    call.id = id;
    call.carrier = this;
    if (call.phase === 'log') return this.#tellOnly(call, key ?? id);
    this.#calls.add(call);
    if (key === undefined) return;
    const waiting = this.#byExchange.get(key);
    if (waiting === undefined) this.#byExchange.set(key, [call]);
    else waiting.push(call);
  }

  cancel(call: AgentCall, reason: CancelReason): void {
    if (!this.#calls.remove(call)) return;
    const key = this.#encoding === 'sentinel-binary' ? undefined : callKey(0, call.event);
    if (key !== undefined) this.#forget(key, call);
    this.#late.giveUp(key ?? call.id);
    if (call.event.type !== 'configure') this.#wire.sendCancel(call.id, correlationIdOf(call.event), reason);
  }

  end(fault: AgentFault, detail: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = failed(fault, detail);
    clearTimeout(this.#openingDeadline);
    clearInterval(this.#pinger);
    this.#wire.close();
    this.#events.onEnd(this, this.#ended);
    for (const call of this.#calls.takeAll()) call.settle(this.#ended);
    this.#byExchange.clear();
  }

  /** Nobody waits for an answer; some agents give one all the same. */
  #tellOnly(call: AgentCall, key: number | string): void {
    this.#late.tell(key);
    call.settle(allowed);
  }

  #forget(key: string, call: AgentCall): void {
    const waiting = this.#byExchange.get(key)?.filter((one) => one !== call) ?? [];
    if (waiting.length === 0) this.#byExchange.delete(key);
    else this.#byExchange.set(key, waiting);
  }

  #offer(): void {
    this.#state = 'offering';
    this.#wire.offer({
      supportedVersions: [2],
      proxyId: `sentinel-stack-${process.pid}`,
      proxyVersion: '0.1.0',
      config: this.#configure.config,
      supportedEncodings: this.#wire.encodings,
    });
  }

  #onOpeningLate(): void {
    if (this.#state === 'connecting') this.end('unreachable', `no connection within ${askingLimits.handshakeMs} ms`);
    else this.end('timed-out', 'no answer to the offer of version 2');
  }

  #onMessage(message: AgentMessage | GrpcFailure): void {
    if (this.#ended !== undefined) return;
    switch (message.type) {
      case 'handshake-response':
        return this.#onAnswer(message.response);
      case 'reply':
        return this.#onReply(message.callId ?? message.correlationId, message.reply);
      case 'declined':
        return this.#take(message.correlationId)?.settle(failed('declined', message.why));
      case 'failed':
        return this.#take(message.callId)?.settle(failed('declined', message.why));
      case 'health':
        return this.#onHealth(message.health);
      case 'flow-control':
        return this.#onFlow(message.control);
      case 'config-update':
        return this.#onConfigUpdate(message.update);
      case 'metrics':
        return this.#events.onWord({
          word: 'metrics',
          counters: message.report.counters,
          gauges: message.report.gauges,
        });
      case 'ping':
        return this.#wire.sendPong(Buffer.from(message.payload));
      case 'pong':
        this.#hasPonged = true;
        this.#isPongDue = false;
    }
  }

  #onAnswer({ protocolVersion, success, error, encoding, capabilities }: HandshakeResponse): void {
    if (this.#state !== 'offering') return this.end('bad-protocol', 'a second handshake');
    if (!success) return this.end('refused-config', error ?? 'it refused the offer of version 2');
    if (protocolVersion !== 2) return this.end('bad-protocol', `it chose version ${protocolVersion}`);
    this.isUnderstood = true;
    this.#encoding = encoding;
    this.#wire.use(encoding);
    const { maxBodySize, maxConcurrency } = capabilities.limits;
    this.#standing = {
      phases: new Set(capabilities.supportedEvents.flatMap((type) => phaseOf[type] ?? [])),
      callsMax: Math.min(...[maxConcurrency, capabilities.features.concurrentRequests].map((most) => most || Infinity)),
      bodyBytesMax: maxBodySize || Infinity,
      version: 2,
      encoding: this.#wire.name ?? encoding,
    };
    if (!capabilities.supportedEvents.includes('configure')) return this.#open(this.#standing);
    this.#state = 'configuring';
    clearTimeout(this.#openingDeadline);
    this.#openingDeadline = setTimeout(
      () => this.end('timed-out', 'no answer to its configuration'),
      hostLimits.linkOpeningMs,
    );
    this.#sendConfiguration();
  }

  #sendConfiguration(): void {
    this.#configureId = this.#calls.freeId();
    const key = callKey(this.#configureId, this.#configure);
    if (!this.#wire.sendEvent(this.#configureId, key, this.#configure))
      this.end('too-large', 'its configuration does not fit a frame');
  }

  #configureId = 0;

  #open(standing: Standing): void {
    clearTimeout(this.#openingDeadline);
    this.#state = 'open';
    this.#events.onOpen(this, standing);
  }

  #onReply(key: number | string | undefined, reply: AgentReply): void {
    if (key !== undefined && this.#isOfConfiguration(key)) return this.#onConfigured(reply);
    const call = this.#take(key);
    if (call === undefined) return;
    call.settle(reply === plainAllow ? allowed : { ok: true, reply });
    this.#events.onFree(this);
  }

  #isOfConfiguration(key: number | string): boolean {
    if (this.#configureId === 0) return false;
    return key === this.#configureId || key === callKey(this.#configureId, this.#configure);
  }

  #onConfigured({ decision }: AgentReply): void {
    this.#configureId = 0;
    if (decision.type !== 'allow') this.end('refused-config', reasonOf(decision));
    else if (this.#state === 'configuring' && this.#standing !== undefined) this.#open(this.#standing);
  }

  /** The call that a reply is for. One that was given up has none, and one that never was ends the connection. */
  #take(key: number | string | undefined): AgentCall | undefined {
    if (key === undefined) return this.#endFor('a reply that names no call');
    const call = typeof key === 'number' ? this.#calls.get(key) : this.#byExchange.get(key)?.[0];
    if (call === undefined) return this.#late.take(key) ? undefined : this.#endFor('a reply that nobody asked for');
    this.#calls.remove(call);
    if (typeof key === 'string') this.#forget(key, call);
    return call;
  }

  #endFor(problem: string): undefined {
    this.end('bad-protocol', problem);
    return undefined;
  }

  #onHealth({ state, message }: HealthStatus): void {
    const factor = state.status === 'degraded' ? Math.round(state.timeoutMultiplier) : 1;
    const detail = message ?? (state.status === 'unhealthy' ? state.reason : undefined);
    this.#events.onHealth({
      status: state.status,
      timeoutFactor: Math.min(Math.max(factor, 1), askingLimits.timeoutFactorMax),
      detail,
    });
  }

  /** Of a single exchange there is never more than one event under way. */
  #onFlow({ correlationId, action }: FlowControl): void {
    if (correlationId !== undefined) return;
    this.#isPaused = action === 'pause' || (typeof action === 'object' && action.bufferAvailable === 0);
    if (!this.#isPaused) this.#events.onFree(this);
  }

  #onConfigUpdate(update: ConfigUpdate): void {
    this.#events.onUpdate(update);
    if (update.type === 'request_reload' && this.#state === 'open' && this.#configureId === 0)
      this.#sendConfiguration();
  }

  /** One that has answered pings before and does not now is gone, whatever the kernel says. */
  #ping(): void {
    if (this.#state !== 'open') return;
    if (this.#isPongDue && this.#hasPonged && !this.#heardSincePing)
      return this.end('timed-out', 'no answer to a ping');
    if (this.#heardSincePing) this.#isPongDue = false;
    this.#heardSincePing = false;
    this.#isPongDue = true;
    this.#wire.sendPing();
  }
}

const phaseOf: Partial<Record<EventType, Phase>> = {
  request_headers: 'request-headers',
  request_body_chunk: 'request-body',
  response_headers: 'response-headers',
  response_body_chunk: 'response-body',
  websocket_frame: 'websocket-frame',
  request_complete: 'log',
};
