// One client's connection: bytes in, exchanges out, one at a time and in order. It reads a head, opens an exchange, hands
// over the body when somebody takes it, and goes on to the next request when the exchange is over. The shaping decision:
// bytes that nobody can take yet are held, up to a bound, and beyond it the client is not read; so pipelining and slow
// upstreams cost a bounded buffer. It refuses to write: replies come from reply/.
//
//   data -> hold -> advance { head -> open -> body -> sink } -> release -> advance -> … -> close

import { bufferLimits, messageLimits, timeLimits } from '#config/limits';
import type { Config, ListenerConfig } from '#config/schema';
import {
  type BodySink,
  type ClientSide,
  type ClientTunnel,
  Exchange,
  type ExchangeEvents,
  type TlsFacts,
} from '../exchange.ts';
import type { Guest } from '../guests.ts';
import type { CommonPart, KnownHost, Peer, Scheme } from '../request/client-address.ts';
import { RequestId } from '../request/request-id.ts';
import { Deadline } from '../timers.ts';
import type { Worker } from '../worker.ts';
import { BodyFraming } from './body-framing.ts';
import type { ClientSocket } from './client-socket.ts';
import { cutSocket, isEncrypted } from './cut.ts';
import { isFaulty, type LineBounds, needsMore } from './header-lines.ts';
import { Outlet } from './outlet.ts';
import type { RequestHead } from './request-head.ts';
import { grammars } from './strictness.ts';

/** What all connections of a listener share. */
export interface ListenerTerms {
  readonly config: ListenerConfig;
  readonly bounds: LineBounds;
  /** What a body must bring in each window of `body-idle`. */
  readonly bodyWindowBytes: number;
  readonly scheme: Scheme;
}

export function termsOf(config: ListenerConfig, usual: Config['limits']): ListenerTerms {
  const {
    maxHeaderBytes: bytesMax = usual.maxHeaderBytes,
    maxHeaderCount: countMax = usual.maxHeaderCount,
    bodyRateBytesLeast,
  } = config.limits;
  return {
    config,
    bounds: {
      lineBytesMax: messageLimits.headerLineBytesMax,
      bytesMax,
      countMax,
      grammar: grammars[config.strictness],
    },
    bodyWindowBytes: Math.max(1, Math.floor((bodyRateBytesLeast * config.timeouts.bodyIdleMs) / 1000)),
    scheme: config.protocol,
  };
}

export class ClientConnection implements ClientSide, Guest {
  readonly socket: ClientSocket;
  place = -1; // among the guests
  readonly outlet: Outlet;
  readonly peer: Peer;
  readonly tls: TlsFacts | undefined;
  lastLine: CommonPart | undefined = undefined;
  lastHost: KnownHost | undefined = undefined;
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
  #isLent = false; // what is held is overwritten by the next read of any connection: see fast-reads.ts
  #isHeadTimed = false; // the deadline is that of the head, from its first byte
  #bodyBytesDue = 0; // so many read, and a new window of the body's deadline begins
  #requests = 0;
  #isAdvancing = false;
  #isPausedByHeld = false;
  #isPausedBySink = false;
  #hasEnded = false; // the client sends nothing more
  #isLast = false; // the client has announced that it sends no further request
  #isLingering = false;
  #lingeredBytes = 0;

  constructor(
    socket: ClientSocket,
    worker: Worker,
    terms: ListenerTerms,
    events: ExchangeEvents,
    { peer, tls }: Pick<ClientSide, 'peer' | 'tls'>,
  ) {
    this.socket = socket;
    this.outlet = new Outlet(socket, worker.departures, () => this.#guard(() => this.#onDrain()));
    this.#worker = worker;
    this.#terms = terms;
    this.#events = events;
    this.peer = peer;
    this.tls = tls;
    this.#deadline = new Deadline(worker.timers, () => this.#guard(() => this.#onDeadline()));
    this.#exchangeDeadline = new Deadline(worker.timers, () => this.#guard(() => this.#onExchangeDeadline()));
    this.#deadline.set(terms.config.timeouts.headerMs);
    if (!worker.fastReads.attach(socket, (length) => this.#onRead(worker.fastReads.bytes, length, true)))
      socket.on('data', (chunk: Buffer) => this.#onRead(chunk, chunk.length, false));
    socket.on('end', () => this.#guard(() => this.#onEnd()));
    socket.on('error', () => undefined); // `close` follows and tells it
    socket.on('close', () => this.#guard(() => this.#onClose()));
  }

  get listenerName(): string {
    return this.#terms.config.name;
  }

  get defaultRoute(): string | undefined {
    return this.#terms.config.defaultRoute;
  }

  get writeIdleMs(): number {
    return this.#terms.config.timeouts.writeIdleMs;
  }

  /** The worker stops: an idle connection gets a moment for a request that may be under way, then it is closed. */
  drain(): void {
    const isIdle = this.#exchange === undefined && !this.#isLingering && !this.outlet.isWaiting;
    if (isIdle) this.#deadline.set(timeLimits.drainIdleMs);
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
    if (!this.body.isDone) this.#awaitBody();
    if (!this.#isPausedByHeld) this.socket.resume();
  }

  startExchangeDeadline(delayMs: number): void {
    this.#exchangeDeadline.set(delayMs);
  }

  switchTo(tunnel: ClientTunnel): void {
    const [early, start, end] = [this.#held, this.#heldStart, this.#heldEnd];
    this.#held = noBytes;
    this.#heldStart = 0;
    this.#heldEnd = 0;
    this.#deadline.clear();
    this.#exchangeDeadline.clear();
    this.#tunnel = tunnel;
    this.#boundHeld();
    tunnel.onClientBytes(early, start, end);
    if (this.#hasEnded) tunnel.onClientEnd();
  }

  endWriting(): void {
    this.outlet.end();
  }

  release(keeps: boolean): void {
    this.#exchange = undefined;
    this.#sink = undefined;
    this.#tunnel = undefined;
    this.#exchangeDeadline.clear();
    if (this.socket.destroyed) return;
    if (this.#isPausedBySink) this.resume();
    if (keeps && this.body.isDone) this.#advance();
    else this.#close();
  }

  cut(): void {
    this.outlet.leave();
    cutSocket(this.socket);
  }

  // ---- what happens to it

  /** Bytes that had been read before the connection began. */
  receive(bytes: Buffer): void {
    this.#onRead(bytes, bytes.length, false);
  }

  /** `bytes[0, length)` have come; lent, they are overwritten after this call. */
  #onRead(bytes: Buffer, length: number, isLent: boolean): void {
    this.#worker.timers.refresh();
    if (this.#isLingering) return this.#onLingeringData(length);
    try {
      if (this.#tunnel !== undefined) return this.#tunnel.onClientBytes(bytes, 0, length);
      this.#hold(bytes, length, isLent);
      this.#advance();
      if (this.#isLent) this.#keepHeld();
    } catch (error) {
      this.#onMistake(error);
    }
  }

  #onEnd(): void {
    this.#hasEnded = true;
    if (this.#isLingering) return;
    if (this.#tunnel !== undefined) return this.#tunnel.onClientEnd();
    if (this.#exchange === undefined) return this.#advance(); // requests may wait until replies are taken
    if (this.#sink !== undefined) this.#handOver(); // it sees that the rest of the body can never come
  }

  #onDrain(): void {
    if (this.#tunnel !== undefined) this.#tunnel.onClientDrained();
    else if (this.#exchange !== undefined) this.#events.onClientDrained(this.#exchange);
    else this.#advance();
  }

  #onClose(): void {
    this.#deadline.drop();
    this.#exchangeDeadline.drop();
    if (this.#head !== undefined) this.#worker.giveHead(this.#head);
    this.#head = undefined;
    if (this.#tunnel !== undefined) this.#tunnel.onClientGone();
    else if (this.#exchange !== undefined) this.#events.onClientGone(this.#exchange);
  }

  #onDeadline(): void {
    const exchange = this.#exchange;
    if (exchange !== undefined) return this.#events.onBodyTimeout(exchange);
    if (this.#isLingering) return void this.socket.destroy();
    if (this.#head === undefined) return this.#closeIdle();
    this.#events.onHeadTimeout(this.#open(this.#head));
  }

  /**
   * Timers come before what has arrived meanwhile: after a turn of the event loop that took long, a request may be there
   * already, and to close now would reset it. So it is closed when a look at the socket has found nothing.
   */
  #closeIdle(): void {
    const requests = this.#requests;
    setImmediate(() => {
      const isIdle = this.#head === undefined && this.#exchange === undefined && this.#requests === requests;
      if (isIdle) this.socket.destroy();
    });
  }

  #onExchangeDeadline(): void {
    if (this.#exchange !== undefined) this.#events.onExchangeTimeout(this.#exchange);
  }

  // ---- bytes held

  #hold(bytes: Buffer, length: number, isLent: boolean): void {
    if (this.#heldStart === this.#heldEnd && this.#head === undefined) {
      this.#held = bytes;
      this.#heldStart = 0;
      this.#heldEnd = length;
      this.#ownsHeld = false;
      this.#isLent = isLent;
      return;
    }
    if (!this.#ownsHeld || this.#heldEnd + length > this.#held.length) this.#grow(length);
    this.#heldEnd += bytes.copy(this.#held, this.#heldEnd, 0, length);
  }

  /** Copies what is left of lent bytes. */
  #keepHeld(): void {
    if (this.#heldStart < this.#heldEnd) return this.#grow(0);
    this.#held = noBytes;
    this.#heldStart = 0;
    this.#heldEnd = 0;
    this.#isLent = false;
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
    this.#isLent = false;
  }

  #boundHeld(): void {
    const isFull =
      this.#heldEnd - this.#heldStart > bufferLimits.heldBytesMax &&
      (this.#exchange !== undefined || this.outlet.isBackedUp);
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
    if (this.outlet.isBackedUp) return this.#waitForTaking();
    const head = this.#head ?? this.#beginHead();
    const bodyStart = head.read(this.#held, this.#heldEnd, this.#terms.bounds);
    if (bodyStart === needsMore) return this.#waitForHead(head);
    const exchange = this.#open(head);
    if (bodyStart === isFaulty) {
      if (this.#isLent) head.keep(this.#heldEnd);
      this.#events.onFaultyHead(exchange, head.fault ?? 'bad-method');
      return true;
    }
    this.#heldStart = bodyStart;
    if (this.#isLent) head.keep(bodyStart);
    if (head.isChunked) this.body.beginChunked();
    else this.body.beginLength(head.contentLength === -1 ? 0 : head.contentLength);
    this.#events.onRequest(exchange);
    return true;
  }

  /** The client does not take its last reply: replies to what it asks meanwhile would gather here without bound. */
  #waitForTaking(): false {
    if (this.#head === undefined) this.#deadline.set(this.writeIdleMs); // a head that has begun has its own
    return false;
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
    else if (this.#requests > 0) this.#deadline.set(this.#idleMs());
    return false;
  }

  /** Until an idle connection is closed; the end of a reply that is not taken yet has its own time. */
  #idleMs(): number {
    const idleMs = this.#worker.isDraining ? timeLimits.drainIdleMs : this.#terms.config.timeouts.keepaliveMs;
    return this.outlet.isWaiting ? Math.max(this.writeIdleMs, idleMs) : idleMs;
  }

  #open(head: RequestHead): Exchange {
    this.#head = undefined;
    this.#isHeadTimed = false;
    this.#deadline.clear();
    this.#requests += 1;
    this.body.beginNone();
    this.#isLast = !head.keepsAlive && !head.hasUpgrade; // who would switch may go on in the other protocol
    const exchange = new Exchange(this.#worker, this, head, this.#events, RequestId.next(), this.#worker.timers.nowMs);
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
      if (this.#deadline.isSet) this.#restartExchangeDeadline(exchange); // the body was waited for
      this.#deadline.clear();
      this.#sink = undefined;
    } else if (this.#hasEnded) {
      this.socket.destroy();
      return;
    } else {
      this.#restartExchangeDeadline(exchange);
      this.#awaitBody();
    }
    sink.onHandedOver(exchange, body.isDone);
  }

  /** Pieces that bring too little together do not begin a new window, so a byte now and then ends with the first. */
  #awaitBody(): void {
    const { bytesRead } = this.body;
    if (this.#deadline.isSet && bytesRead < this.#bodyBytesDue) return;
    this.#bodyBytesDue = bytesRead + this.#terms.bodyWindowBytes;
    this.#deadline.set(this.#terms.config.timeouts.bodyIdleMs);
  }

  /** It counts from the whole request: while a body comes, its own deadline bounds it. */
  #restartExchangeDeadline({ route }: Exchange): void {
    if (route !== undefined) this.#exchangeDeadline.set(route.exchangeMs);
  }

  // ---- the end

  #close(): void {
    if (!(this.#isLast && this.body.isDone && this.#heldStart === this.#heldEnd)) return this.#closeGently();
    this.#isLingering = true;
    const isBehind = this.outlet.isWaiting;
    this.outlet.afterLeaving(() => this.#closeLast(isBehind));
  }

  /** At once where nothing is on its way that could tear up the reply; inside TLS behind an end of its own. */
  #closeLast(isBehind: boolean): void {
    const isClean = !isBehind && this.#lingeredBytes === 0;
    if (isClean && !this.outlet.isWaiting && !isEncrypted(this.socket)) this.socket.destroy();
    else this.#linger(isClean);
  }

  /** Ends our side and reads on for a while: closed at once, unread bytes would make the system tear up our last reply (RFC 9112 section 9.6). */
  #closeGently(): void {
    if (this.#isLingering) return;
    this.#isLingering = true;
    this.outlet.leave();
    this.#linger();
  }

  #linger(mayClose = false): void {
    this.#held = noBytes;
    this.#heldStart = 0;
    this.#heldEnd = 0;
    const { socket } = this;
    if (this.outlet.isWaiting) {
      this.#deadline.set(this.writeIdleMs); // lingering begins when the client has taken the end of its reply
      socket.on('finish', () => this.#deadline.set(timeLimits.lingerMs));
    } else this.#deadline.set(timeLimits.lingerMs);
    if (mayClose && socket.endAndClose !== undefined) socket.endAndClose(() => this.#lingeredBytes === 0);
    else socket.end();
    socket.resume();
  }

  #onLingeringData(length: number): void {
    this.#lingeredBytes += length;
    if (this.#lingeredBytes > bufferLimits.lingerBytesMax) this.socket.destroy();
  }

  #guard(run: () => void): void {
    this.#worker.timers.refresh();
    try {
      run();
    } catch (error) {
      this.#onMistake(error);
    }
  }

  /** A mistake of ours ends the exchange it happened in; outside of one it ends the process, which is started again. */
  #onMistake(error: unknown): void {
    if (this.#exchange === undefined) throw error;
    this.#events.onMistake(this.#exchange, error);
  }
}

const noBytes = Buffer.alloc(0);
const heldBytesLeast = 1024;
