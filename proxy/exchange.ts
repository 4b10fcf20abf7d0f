// One request and its reply: everything that is known about it, all fields declared. The phases (handle.ts) fill it in;
// it decides nothing. What happens to it from outside (bytes of an upstream, a deadline, a client that leaves) is handed
// on to the `ExchangeEvents` it was opened with.

import type { HeldBody } from './agents/held-body.ts';
import type { Challenged, Inquiry } from './agents/inquiry.ts';
import type { BodyTerms, RoutePlan } from './agents/plan.ts';
import type { BodyFraming } from './http1/body-framing.ts';
import type { Fault } from './http1/faults.ts';
import type { Mutation } from './http1/header-edit.ts';
import type { Outlet } from './http1/outlet.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { PickedBy } from './metrics.ts';
import type { RefusalCode } from './reply/refusals.ts';
import type { CommonPart, KnownHost, Peer, Sender } from './request/client-address.ts';
import type { RequestId } from './request/request-id.ts';
import type { Route } from './request/route-table.ts';
import type { ChosenBy } from './request/split.ts';
import type { UpstreamConnection, UpstreamOwner } from './upstream/connection.ts';
import type { MirrorCopy } from './upstream/mirror.ts';
import type { Target, Upstream } from './upstream/pick.ts';
import type { KeptBody } from './upstream/retry-body.ts';
import type { Pause } from './upstream/retry-pause.ts';
import type { Worker } from './worker.ts';

/** Where the pieces of a request's body go. */
export interface BodySink {
  onPiece(exchange: Exchange, bytes: Buffer, start: number, end: number): void;
  /** All that had arrived has been handed over; `isLast`: and the body is whole. */
  onHandedOver(exchange: Exchange, isLast: boolean): void;
}

/** A request to switch protocols that the route allows. */
export interface Upgrade {
  readonly protocols: readonly string[]; // in lower case
  readonly lines: string; // of the head that the upstream receives
  /** Of WebSocket: what proves that the reply is one to this very request. */
  readonly accept: string | undefined;
}

/** Takes what happens to the client's connection once its protocol has been switched. */
export interface ClientTunnel {
  readonly protocol: string;
  readonly handshakeMs: number;
  /** `bytes[at, end)` have come; they are lent, as those of a body. */
  onClientBytes(bytes: Buffer, at: number, end: number): void;
  onClientEnd(): void;
  onClientDrained(): void;
  onClientGone(): void;
  onWorkerDrain(): void;
  /** The exchange is over. */
  onOver(): void;
}

/** What is known of a connection inside TLS, from its handshake. */
export interface TlsFacts {
  readonly version: string; // `TLSv1.3`
  cipher(): string;
  readonly serverName: string; // that the client asked for; '': none
  /** What the upstream is told about the client's certificate; `undefined` where nobody is asked for one. */
  readonly certificateLines: Buffer | undefined;
}

/** What the phases need of the client's connection. */
export interface ClientSide {
  readonly outlet: Outlet;
  readonly listenerName: string;
  /** Kept for the access log. */
  lastLine: CommonPart | undefined;
  /** Kept for the next request. */
  lastHost: KnownHost | undefined;
  readonly defaultRoute: string | undefined;
  /** Who opened the connection. */
  readonly peer: Peer;
  readonly tls: TlsFacts | undefined;
  readonly body: BodyFraming;
  /** How long it may take to take what waits for it. */
  readonly writeIdleMs: number;
  /** Hands over what has arrived of the body, now and from now on. */
  readBodyInto(sink: BodySink): void;
  /** Throws away what has arrived of the body; true if that was all of it, within the bound. */
  discardBody(): boolean;
  /** Nothing more of the body until `resume`: whoever takes it is slow. */
  pause(): void;
  resume(): void;
  startExchangeDeadline(delayMs: number): void;
  /** The protocol has been switched: from now on, and from what is held, everything goes there, and no deadline but its own holds. */
  switchTo(tunnel: ClientTunnel): void;
  /** Ends our side behind what is still to be sent; the client may go on. */
  endWriting(): void;
  /** The exchange is over. The connection goes on to the next request, or ends gently after what has been written. */
  release(keeps: boolean): void;
  /** Cuts the connection, so that the client sees that the reply is not whole. */
  cut(): void;
}

/** The body of a reply on its way through agents. */
export interface ReplyHolder {
  /** More of it: `bytes[at, end)`. */
  take(bytes: Buffer, at: number, end: number): void;
  /** The connection has ended, and with it the body. */
  endWithConnection(): void;
  close(): void;
}

/** A reply of our own that takes longer than one write. */
export interface Transfer {
  /** The client has taken what was waiting for it. */
  sendMore(): void;
  stop(): void;
}

export interface ExchangeEvents {
  onRequest(exchange: Exchange): void;
  /** The head could not be read. */
  onFaultyHead(exchange: Exchange, fault: Fault): void;
  onHeadTimeout(exchange: Exchange): void;
  onFaultyBody(exchange: Exchange, fault: Fault): void;
  onBodyTimeout(exchange: Exchange): void;
  onBodyTooLarge(exchange: Exchange): void;
  onExchangeTimeout(exchange: Exchange): void;
  onClientGone(exchange: Exchange): void;
  onClientDrained(exchange: Exchange): void;
  onUpstreamConnected(exchange: Exchange): void;
  onUpstreamHead(exchange: Exchange, bytes: Buffer, at: number, end: number): void;
  onUpstreamBytes(exchange: Exchange, bytes: Buffer, at: number, end: number): void;
  onUpstreamDrained(exchange: Exchange): void;
  onUpstreamTimeout(exchange: Exchange): void;
  onUpstreamClosed(exchange: Exchange, error: Error | undefined): void;
  /** What it waited for before it is sent, or the time for it, is over. */
  onPauseOver(exchange: Exchange): void;
  onMistake(exchange: Exchange, error: unknown): void;
}

export class Exchange implements UpstreamOwner, Challenged {
  readonly worker: Worker;
  readonly client: ClientSide;
  readonly head: RequestHead;
  name: RequestId; // its own, or the one that a trusted proxy gave it
  readonly startedMs: number;
  readonly #events: ExchangeEvents;

  /** Who sent the request, and the trace it belongs to; set by the first phase. */
  sender: Sender;
  trace: RequestId | undefined = undefined; // what the upstream is told; `undefined`: nothing yet
  traceStep = ''; // the id of our own step in it; '': the first half of the trace's
  isTraceSampled = true;
  tracestate = '';

  /** The request. */
  host = ''; // in lower case, without port
  target = ''; // path and query as the client sent them
  path = ''; // normalised, without query
  rewrittenTarget = ''; // what is forwarded instead of `target`; empty: nothing else
  route: Route | undefined = undefined;
  bodyBytesMax = Infinity;
  isContinueOwed = false; // the client waits for `100 Continue`
  upgrade: Upgrade | undefined = undefined;
  isPreflight = false; // asks what pages of another origin may do: answered here
  isInRoute = false; // counted as in flight there

  /** What agents said. */
  inquiry: Inquiry | undefined = undefined;
  askedPlan: RoutePlan | undefined = undefined; // by which it was asked, where an agent chose another route
  heldBody: HeldBody | undefined = undefined; // of the request: whole, or its beginning
  isBodyHeldWhole = false;
  bodyLength = -1; // what is forwarded of it, where that is not what the head says
  streamedTerms: BodyTerms | undefined = undefined; // it passes agents piece by piece
  replyTerms: BodyTerms | undefined = undefined; // its reply's body is put to agents
  heldReply: ReplyHolder | undefined = undefined;
  replyLength = -1; // likewise
  agentMutations = 0; // so many of `responseMutations`, from the first
  ownResponseMutations: readonly Mutation[] | undefined = undefined; // the others
  requestMutations: readonly Mutation[] = noMutations;
  responseMutations: readonly Mutation[] = noMutations;

  /** The upstream. */
  chosenUpstream: Upstream | undefined = undefined; // the route's, or the one of its split
  chosenBy: ChosenBy | undefined = undefined; // of a split
  splitLine = ''; // a header line for the reply, where the client is to stay with the chosen one
  stickyLine = ''; // likewise, with the target
  staysAtTarget = false; // a cookie led it there
  pickedBy: PickedBy | undefined = undefined; // why this target; undefined: the algorithm chose it
  queuedTokens = 0; // at the target
  pickedMs = 0; // when the target was
  mirrorCopy: MirrorCopy | undefined = undefined;
  upstream: UpstreamConnection | undefined = undefined;
  upstreamTarget: Target | undefined = undefined;
  isAtTarget = false; // counted as busy there
  isUpstreamReused = false;
  triedTargets: readonly Target[] = noTargets;
  attempts = 0;
  retries = 0;
  addressesFailed = 0; // of this target, in a row
  isTrial = false; // its outcome decides about the target's circuit breaker
  sentAtMs = 0;
  keptBody: KeptBody | HeldBody | undefined = undefined; // where it may have to be sent again
  pause: Pause | undefined = undefined;
  wasReplaced = false; // a connection that had rested too long was replaced, once
  isRequestSent = false;
  interimReplies = 0;

  /** The reply. */
  transfer: Transfer | undefined = undefined; // of a file that is too large to be sent at once
  status = 0;
  isReplyBegun = false;
  keepsClient: boolean;
  isReplyChunked = false;
  tunnel: ClientTunnel | undefined = undefined; // in place of a body
  bytesOut = 0; // of the body
  refusal: RefusalCode | undefined = undefined;
  error: string | undefined = undefined;
  isClosed = false;

  constructor(
    worker: Worker,
    client: ClientSide,
    head: RequestHead,
    events: ExchangeEvents,
    name: RequestId,
    startedMs: number,
  ) {
    this.worker = worker;
    this.client = client;
    this.head = head;
    this.#events = events;
    this.name = name;
    this.startedMs = startedMs;
    this.sender = client.peer;
    this.keepsClient = head.keepsAlive;
  }

  get id(): string {
    return this.name.text;
  }

  get traceId(): string {
    return this.trace === undefined ? '' : this.trace.text;
  }

  onUpstreamConnected(): void {
    this.#events.onUpstreamConnected(this);
  }

  onUpstreamHead(bytes: Buffer, at: number, end: number): void {
    this.#events.onUpstreamHead(this, bytes, at, end);
  }

  onUpstreamBytes(bytes: Buffer, at: number, end: number): void {
    this.#events.onUpstreamBytes(this, bytes, at, end);
  }

  onUpstreamDrained(): void {
    this.#events.onUpstreamDrained(this);
  }

  onUpstreamTimeout(): void {
    this.#events.onUpstreamTimeout(this);
  }

  onUpstreamClosed(error: Error | undefined): void {
    this.#events.onUpstreamClosed(this, error);
  }

  onPauseOver(): void {
    try {
      this.#events.onPauseOver(this);
    } catch (error) {
      this.#events.onMistake(this, error);
    }
  }

  hasPassedChallenge(): boolean {
    return this.worker.challenges.isPassed(this);
  }

  onMistake(error: unknown): void {
    this.#events.onMistake(this, error);
  }
}

const noMutations: readonly Mutation[] = [];
const noTargets: readonly Target[] = [];
