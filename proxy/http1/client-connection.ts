// One client's connection: bytes in, exchanges out, one at a time and in order. It reads a head, opens an exchange, hands
// over the body when somebody takes it, and goes on to the next request when the exchange is over. The shaping decision:
// bytes that nobody can take yet are held, up to a bound, and beyond it the client is not read; so pipelining and slow
// upstreams cost a bounded buffer. It refuses to write: replies come from reply/.
//
//   data -> hold -> advance { head -> open -> body -> sink } -> release -> advance -> … -> close

import type { Socket } from 'node:net';
import { bufferLimits, messageLimits, timeLimits } from '#config/limits';
import type { ListenerConfig } from '#config/schema';
import { type BodySink, type ClientSide, type ClientTunnel, Exchange, type ExchangeEvents } from '../exchange.ts';
import { clientAddressOf } from '../request/client-address.ts';
import { nextRequestId } from '../request/request-id.ts';
import { Deadline } from '../timers.ts';
import type { Worker } from '../worker.ts';
import { BodyFraming } from './body-framing.ts';
import { cutSocket } from './cut.ts';
import { isFaulty, type LineBounds, needsMore } from './header-lines.ts';
import type { RequestHead } from './request-head.ts';

/** What all connections of a listener share. */
export interface ListenerTerms {
  readonly config: ListenerConfig;
  readonly bounds: LineBounds;
  readonly protocol: 'http';
}

export function termsOf(config: ListenerConfig): ListenerTerms {
  const { maxHeaderBytes: bytesMax, maxHeaderCount: countMax } = config.limits;
  return { config, bounds: { lineBytesMax: messageLimits.headerLineBytesMax, bytesMax, countMax }, protocol: 'http' };
}

export class ClientConnection implements ClientSide {
  readonly socket: Socket;
  readonly ip: string;
  readonly port: number;
  readonly forwardingLines: string;
  readonly body = new BodyFraming();
  readonly #worker: Worker;
  readonly #terms: ListenerTerms;
  readonly #events: ExchangeEvents;
  readonly #deadline: Deadline; // of whatever is waited for from the client
  readonly #exchangeDeadline: Deadline;
  #exchange: Exchange | undefined = undefined;
  #sink: BodySink | undefined = undefined;
  #tunnel: ClientTunnel | undefined = undefined; // after a switch of protocols
  #head: RequestHead | undefined = undefined; // being read
  #held: Buffer = noBytes;
  #heldStart = 0;
  #heldEnd = 0;
  #ownsHeld = false; // grown here; otherwise as it came from the socket
  #isHeadTimed = false; // the deadline is that of the head, from its first byte
  #requests = 0;
  #isAdvancing = false;
  #isPausedByHeld = false;
  #isPausedBySink = false;
  #hasEnded = false; // the client sends nothing more
  #isLingering = false;
  #lingeredBytes = 0;

  constructor(socket: Socket, worker: Worker, terms: ListenerTerms, events: ExchangeEvents) {
    this.socket = socket;
    this.#worker = worker;
    this.#terms = terms;
    this.#events = events;
    const { ip, port } = clientAddressOf(socket);
    this.ip = ip;
    this.port = port;
    this.forwardingLines = `X-Forwarded-For: ${ip}\r\nX-Real-IP: ${ip}\r\nX-Forwarded-Proto: ${terms.protocol}\r\n`;
    this.#deadline = new Deadline(worker.timers, () => this.#guard(() => this.#onDeadline()));
    this.#exchangeDeadline = new Deadline(worker.timers, () => this.#guard(() => this.#onExchangeDeadline()));
    this.#deadline.set(terms.config.timeouts.headerMs);
    socket.on('data', (chunk: Buffer) => this.#guard(() => this.#onData(chunk)));
    socket.on('end', () => this.#guard(() => this.#onEnd()));
    socket.on('drain', () => this.#guard(() => this.#onDrain()));
    socket.on('error', () => undefined); // `close` follows and tells it
    socket.on('close', () => this.#guard(() => this.#onClose()));
  }

  get listenerName(): string {
    return this.#terms.config.name;
  }

  get defaultRoute(): string | undefined {
    return this.#terms.config.defaultRoute;
  }

  /** The worker stops: an idle connection gets a moment for a request that may be under way, then it is closed. */
  drain(): void {
    if (this.#exchange === undefined && !this.#isLingering) this.#deadline.set(timeLimits.drainIdleMs);
    this.#tunnel?.onWorkerDrain();
  }

  // ---- what the exchange asks for

  readBodyInto(sink: BodySink): void {
    this.#sink = sink;
    this.#handOver();
    this.#boundHeld();
  }

  discardBody(): boolean {
    const { body } = this;
    this.#sink = undefined;
    const bytesMax = this.#exchange?.bodyBytesMax ?? 0;
    while (this.#heldStart < this.#heldEnd && !body.isDone && body.fault === undefined && body.bytesRead <= bytesMax) {
      this.#heldStart = body.next(this.#held, this.#heldStart, this.#heldEnd);
    }
    return body.isDone && body.bytesRead <= bytesMax;
  }

  pause(): void {
    this.#isPausedBySink = true;
    this.#deadline.clear();
    this.socket.pause();
  }

  resume(): void {
    if (!this.#isPausedBySink) return;
    this.#isPausedBySink = false;
    if (!this.body.isDone) this.#deadline.set(this.#terms.config.timeouts.bodyIdleMs);
    if (!this.#isPausedByHeld) this.socket.resume();
  }

  startExchangeDeadline(delayMs: number): void {
    this.#exchangeDeadline.set(delayMs);
  }

  switchTo(tunnel: ClientTunnel): void {
    const early = this.#held.subarray(this.#heldStart, this.#heldEnd);
    this.#held = noBytes;
    this.#heldStart = 0;
    this.#heldEnd = 0;
    this.#deadline.clear();
    this.#exchangeDeadline.clear();
    this.#tunnel = tunnel;
    this.#boundHeld();
    if (early.length > 0) tunnel.onClientBytes(early);
    if (this.#hasEnded) tunnel.onClientEnd();
  }

  release(keeps: boolean): void {
    this.#exchange = undefined;
    this.#sink = undefined;
    this.#tunnel = undefined;
    this.#exchangeDeadline.clear();
    if (this.socket.destroyed) return;
    if (this.#isPausedBySink) this.resume();
    if (keeps && this.body.isDone) this.#advance();
    else this.#closeGently();
  }

  cut(): void {
    cutSocket(this.socket);
  }

  // ---- what happens to it

  #onData(chunk: Buffer): void {
    if (this.#isLingering) return this.#onLingeringData(chunk);
    if (this.#tunnel !== undefined) return this.#tunnel.onClientBytes(chunk);
    this.#hold(chunk);
    this.#advance();
  }

  #onEnd(): void {
    this.#hasEnded = true;
    if (this.#isLingering) return;
    if (this.#tunnel !== undefined) return this.#tunnel.onClientEnd();
    if (this.#exchange === undefined) return this.#closeGently();
    if (this.#sink !== undefined) this.#handOver(); // it sees that the rest of the body can never come
  }

  #onDrain(): void {
    if (this.#tunnel !== undefined) this.#tunnel.onClientDrained();
    else if (this.#exchange !== undefined) this.#events.onClientDrained(this.#exchange);
  }

  #onClose(): void {
    this.#deadline.clear();
    this.#exchangeDeadline.clear();
    if (this.#head !== undefined) this.#worker.giveHead(this.#head);
    this.#head = undefined;
    if (this.#tunnel !== undefined) this.#tunnel.onClientGone();
    else if (this.#exchange !== undefined) this.#events.onClientGone(this.#exchange);
  }

  #onDeadline(): void {
    const exchange = this.#exchange;
    if (exchange !== undefined) return this.#events.onBodyTimeout(exchange);
    if (this.#head === undefined || this.#isLingering) return void this.socket.destroy();
    this.#events.onHeadTimeout(this.#open(this.#head));
  }

  #onExchangeDeadline(): void {
    if (this.#exchange !== undefined) this.#events.onExchangeTimeout(this.#exchange);
  }

  // ---- bytes held

  #hold(chunk: Buffer): void {
    if (this.#heldStart === this.#heldEnd && this.#head === undefined) {
      this.#held = chunk;
      this.#heldStart = 0;
      this.#heldEnd = chunk.length;
      this.#ownsHeld = false;
      return;
    }
    if (!this.#ownsHeld || this.#heldEnd + chunk.length > this.#held.length) this.#grow(chunk.length);
    this.#heldEnd += chunk.copy(this.#held, this.#heldEnd);
  }

  /** Into a buffer of our own with room for more, from its start; doubling, so that a byte at a time costs no more than all at once. */
  #grow(more: number): void {
    const length = this.#heldEnd - this.#heldStart;
    const grown = Buffer.allocUnsafe(Math.max(2 * length, length + more, heldBytesLeast));
    this.#held.copy(grown, 0, this.#heldStart, this.#heldEnd);
    this.#held = grown;
    this.#heldStart = 0;
    this.#heldEnd = length;
    this.#ownsHeld = true;
  }

  #boundHeld(): void {
    const isFull = this.#exchange !== undefined && this.#heldEnd - this.#heldStart > bufferLimits.heldBytesMax;
    if (isFull === this.#isPausedByHeld) return;
    this.#isPausedByHeld = isFull;
    if (isFull) this.socket.pause();
    else if (!this.#isPausedBySink) this.socket.resume();
  }

  // ---- from bytes to exchanges

  /** As far as the bytes go. An exchange that is over at once makes it go round again, not deeper. */
  #advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    try {
      while (this.#step());
    } finally {
      this.#isAdvancing = false;
    }
    this.#boundHeld();
  }

  /** True if there may be more to do. */
  #step(): boolean {
    if (this.#isLingering) return false;
    if (this.#exchange === undefined) return this.#readHead();
    if (this.#sink === undefined || this.#heldStart === this.#heldEnd) return false;
    this.#handOver();
    return this.#exchange === undefined;
  }

  /** True if a head was whole, or faulty, and its exchange has been opened. */
  #readHead(): boolean {
    if (this.#heldStart === this.#heldEnd) return this.#onIdle();
    const head = this.#head ?? this.#beginHead();
    const bodyStart = head.read(this.#held, this.#heldEnd, this.#terms.bounds);
    if (bodyStart === needsMore) return this.#waitForHead(head);
    const exchange = this.#open(head);
    if (bodyStart === isFaulty) {
      this.#events.onFaultyHead(exchange, head.fault ?? 'bad-method');
      return true;
    }
    this.#heldStart = bodyStart;
    if (head.isChunked) this.body.beginChunked();
    else this.body.beginLength(head.contentLength === -1 ? 0 : head.contentLength);
    this.#events.onRequest(exchange);
    return true;
  }

  #beginHead(): RequestHead {
    const head = this.#worker.takeHead();
    head.begin(this.#held, this.#heldStart);
    this.#head = head;
    return head;
  }

  #waitForHead(head: RequestHead): false {
    if (!this.#ownsHeld || this.#heldStart !== 0) {
      this.#grow(0);
      head.begin(this.#held, 0);
    }
    if (!this.#isHeadTimed) this.#deadline.set(this.#terms.config.timeouts.headerMs);
    this.#isHeadTimed = true;
    if (this.#hasEnded) this.#closeGently();
    return false;
  }

  #onIdle(): false {
    this.#held = noBytes;
    this.#heldStart = 0;
    this.#heldEnd = 0;
    if (this.#hasEnded) this.#closeGently();
    else if (this.#requests > 0)
      this.#deadline.set(this.#worker.isDraining ? timeLimits.drainIdleMs : this.#terms.config.timeouts.keepaliveMs);
    return false;
  }

  #open(head: RequestHead): Exchange {
    this.#head = undefined;
    this.#isHeadTimed = false;
    this.#deadline.clear();
    this.#requests += 1;
    this.body.beginNone();
    const exchange = new Exchange(this.#worker, this, head, this.#events, nextRequestId(), this.#worker.timers.now());
    if (this.#requests >= this.#terms.config.limits.maxRequestsPerConnection) exchange.keepsClient = false;
    this.#exchange = exchange;
    this.#worker.metrics.exchangesInFlight += 1;
    return exchange;
  }

  /** What is held of the body, piece by piece. */
  #handOver(): void {
    const { body } = this;
    const [exchange, sink] = [this.#exchange, this.#sink];
    if (exchange === undefined || sink === undefined) return;
    while (this.#heldStart < this.#heldEnd && !body.isDone) {
      this.#heldStart = body.next(this.#held, this.#heldStart, this.#heldEnd);
      if (body.fault !== undefined) return this.#events.onFaultyBody(exchange, body.fault);
      if (body.bytesRead > exchange.bodyBytesMax) return this.#events.onBodyTooLarge(exchange);
      if (body.pieceEnd > body.pieceStart) sink.onPiece(exchange, this.#held, body.pieceStart, body.pieceEnd);
    }
    if (body.isDone) {
      this.#deadline.clear();
      this.#sink = undefined;
    } else if (this.#hasEnded) {
      this.socket.destroy();
      return;
    } else this.#deadline.set(this.#terms.config.timeouts.bodyIdleMs);
    sink.onHandedOver(exchange, body.isDone);
  }

  // ---- the end

  /** Ends our side and reads on for a while: closed at once, unread bytes would make the system tear up our last reply (RFC 9112 section 9.6). */
  #closeGently(): void {
    if (this.#isLingering) return;
    this.#isLingering = true;
    this.#held = noBytes;
    this.#heldStart = 0;
    this.#heldEnd = 0;
    this.socket.end();
    this.#deadline.set(timeLimits.lingerMs);
    this.socket.resume();
  }

  #onLingeringData(chunk: Buffer): void {
    this.#lingeredBytes += chunk.length;
    if (this.#lingeredBytes > bufferLimits.lingerBytesMax) this.socket.destroy();
  }

  /** A mistake of ours ends the exchange it happened in; outside of one it ends the process, which is started again. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (this.#exchange === undefined) throw error;
      this.#events.onMistake(this.#exchange, error);
    }
  }
}

const noBytes = Buffer.alloc(0);
const heldBytesLeast = 1024;
