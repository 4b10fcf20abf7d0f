// The frames of one direction of a WebSocket on their way through agents: each data frame is held whole until they have
// decided, then it passes as it came, is dropped, or ends the connection. Ping, pong and Close pass unasked, in their
// place. The shaping decision: one frame of a connection is asked about at a time, whichever way it goes, so agents see
// them in one order and no answer can be taken for that to another frame. A dropped fragment becomes an empty one, since
// a message without its beginning or end is none. It refuses to read compressed frames: compression is not offered here.

import { randomBytes } from 'node:crypto';
import { inspectionLimits } from '#config/limits';
import type { AgentEvent, AgentReply, WebsocketDecision } from '#protocol/message';
import { Asking } from '../agents/asking.ts';
import type { Stop } from '../agents/inquiry.ts';
import type { Group } from '../agents/plan.ts';
import { inquiryOf } from '../agents/reply-phase.ts';
import type { Exchange } from '../exchange.ts';
import { emptyFragment, type FrameHead, FrameOrder, readFrameHead, unmasked } from './websocket-frame-head.ts';

/** What the tunnel does for it. */
export interface FrameWay {
  readonly isToServer: boolean;
  pass(frame: Buffer): void;
  /** The connection ends with this, towards both sides. */
  end(code: number, reason: string, why: string): void;
  /** Nothing more is read meanwhile. */
  wait(): void;
  /** All that had come is dealt with. */
  goOn(): void;
}

/** Whose turn it is: one frame of a connection at a time. */
export class FrameTurns {
  #isTaken = false;
  readonly #next: (() => void)[] = []; // at most one: of the other direction

  take(run: () => void): void {
    if (this.#isTaken) this.#next.push(run);
    else {
      this.#isTaken = true;
      run();
    }
  }

  give(): void {
    this.#isTaken = false;
    const run = this.#next.shift();
    if (run !== undefined) this.take(run);
  }
}

export class InspectedFrames {
  readonly #exchange: Exchange;
  readonly #groups: readonly Group[];
  readonly #turns: FrameTurns;
  readonly #way: FrameWay;
  readonly #bytesMax: number;
  readonly #order = new FrameOrder();
  #held: Buffer = noBytes;
  #at = 0; // of what is held, what is still to be dealt with
  #end = 0;
  #index = 0;
  isWaiting = false; // for agents
  #isOver = false;

  constructor(exchange: Exchange, groups: readonly Group[], turns: FrameTurns, way: FrameWay) {
    this.#exchange = exchange;
    this.#groups = groups;
    this.#turns = turns;
    this.#way = way;
    this.#bytesMax = bytesMaxOf(groups);
  }

  /** The bytes are lent, so they are copied. */
  take(bytes: Buffer, at: number, end: number): void {
    if (this.#isOver) return;
    if (!this.#fit(end - at)) return this.#fail(tryAgainLater, '', 'no room in inspection-memory');
    this.#end += bytes.copy(this.#held, this.#end, at, end);
    if (this.isWaiting) this.#way.wait();
    else this.#read();
  }

  /** What has come and is not dealt with: nothing of it goes anywhere any more. */
  get rest(): Buffer {
    return this.#held.subarray(this.#at, this.#end);
  }

  close(): void {
    this.#isOver = true;
    this.#exchange.worker.inspectionMemory.give(this.#held.length);
    this.#held = noBytes;
    [this.#at, this.#end] = [0, 0];
  }

  /** Frame after frame, until one is not whole or has to be asked about. */
  #read(): void {
    while (!this.#isOver && !this.isWaiting) {
      const head = readFrameHead(this.#held, this.#at, this.#end);
      if (head === undefined) return this.#way.goOn();
      if (typeof head === 'string') return this.#fail(protocolError, '', head);
      if ((head.maskAt !== -1) !== this.#way.isToServer)
        return this.#fail(protocolError, '', 'not masked as it should be');
      if (head.payloadBytes > this.#bytesMax)
        return this.#fail(tooBig, '', `a frame of ${head.payloadBytes} bytes, over ${this.#bytesMax} for agents`);
      const frameEnd = this.#at + head.headBytes + head.payloadBytes;
      if (frameEnd > this.#end) return this.#way.goOn();
      const fault = this.#order.next(head);
      if (fault !== undefined) return this.#fail(protocolError, '', fault);
      const frame = this.#held.subarray(this.#at, frameEnd);
      this.#at = frameEnd;
      if (head.isControl) this.#way.pass(frame);
      else this.#ask(frame, head);
    }
  }

  #ask(frame: Buffer, head: FrameHead): void {
    this.isWaiting = true;
    this.#way.wait();
    this.#turns.take(() => {
      if (this.#isOver) return this.#turns.give();
      new FrameAsking(this.#exchange, this.#groups, this.#eventOf(frame, head), (decision) => {
        this.#turns.give();
        if (!this.#isOver) this.#act(decision, frame, head);
      }).begin();
    });
  }

  #eventOf(frame: Buffer, head: FrameHead): AgentEvent {
    const { id, sender, route } = this.#exchange;
    const frameIndex = this.#index;
    this.#index += 1;
    return {
      type: 'websocket_frame',
      correlationId: id,
      opcode: head.opcode,
      data: unmasked(frame, head),
      clientToServer: this.#way.isToServer,
      frameIndex,
      fin: head.isFinal,
      routeId: route?.name,
      clientIp: sender.ip,
    };
  }

  #act(decision: FrameDecision, frame: Buffer, head: FrameHead): void {
    this.#exchange.worker.timers.refresh();
    this.isWaiting = false;
    try {
      if (typeof decision === 'object') return this.#fail(decision.code, decision.reason, decision.why);
      if (decision === 'allow') this.#way.pass(frame);
      else if (head.opcode === 'continuation' || !head.isFinal)
        this.#way.pass(emptyFragment(head, this.#way.isToServer ? randomBytes(4) : undefined));
      this.#read();
    } catch (error) {
      this.#exchange.onMistake(error);
    }
  }

  #fail(code: number, reason: string, why: string): void {
    this.#isOver = true;
    this.#way.end(code, reason, why);
  }

  /** Makes room for so many bytes more; what was dealt with is forgotten first. */
  #fit(bytes: number): boolean {
    const kept = this.#end - this.#at;
    if (this.#end + bytes <= this.#held.length) return true;
    if (!this.isWaiting && kept + bytes <= this.#held.length) return this.#moveTo(this.#held);
    const wanted = Math.max(kept + bytes, 2 * this.#held.length, leastHeldBytes);
    if (!this.#exchange.worker.inspectionMemory.take(wanted - this.#held.length)) return false;
    return this.#moveTo(Buffer.allocUnsafeSlow(wanted));
  }

  /** A frame that agents look at stays where it is: it is sent from there. */
  #moveTo(larger: Buffer): true {
    this.#held.copy(larger, 0, this.#at, this.#end);
    this.#held = larger;
    this.#end -= this.#at;
    this.#at = 0;
    return true;
  }
}

type FrameDecision = 'allow' | 'drop' | { readonly code: number; readonly reason: string; readonly why: string };

/** What all agents of a route say about one frame. */
class FrameAsking extends Asking {
  readonly #exchange: Exchange;
  readonly #event: AgentEvent;
  readonly #done: (decision: FrameDecision) => void;
  #said: WebsocketDecision = 'allow';

  constructor(
    exchange: Exchange,
    groups: readonly Group[],
    event: AgentEvent,
    done: (decision: FrameDecision) => void,
  ) {
    super(inquiryOf(exchange), 'websocket-frame', groups);
    this.#exchange = exchange;
    this.#event = event;
    this.#done = done;
  }

  protected override event(): AgentEvent {
    return this.#event;
  }

  /** The first that does not let it pass has said all. */
  protected override onReply({ websocket = 'allow' }: AgentReply): boolean {
    this.#said = websocket;
    return websocket !== 'allow';
  }

  protected override onDone(stop: Stop | undefined): void {
    this.#done(stop === undefined ? decisionOf(this.#said) : stopped(stop));
  }

  protected override onMistake(error: unknown): void {
    this.#exchange.onMistake(error);
  }
}

function decisionOf(said: WebsocketDecision): FrameDecision {
  if (typeof said === 'string') return said;
  const { code, reason } = said.close;
  return { code: isSendable(code) ? code : policyViolation, reason, why: `closed by an agent with ${code}` };
}

/** An agent that blocks means the connection; one that must answer and does not, too. */
function stopped(stop: Stop): FrameDecision {
  return stop.kind === 'decided'
    ? { code: policyViolation, reason: '', why: `agent ${stop.agent}: ${stop.reason ?? stop.decision.type}` }
    : { code: internalError, reason: '', why: `agent ${stop.agent}: ${stop.detail}` };
}

// RFC 6455 section 7.4.1, and the registry that it founds.
const protocolError = 1002;
const policyViolation = 1008;
const tooBig = 1009;
const internalError = 1011;
const tryAgainLater = 1013;

/** 1004 to 1006 and 1015 are never sent. */
function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006)) || code >= 3000;
}

/** Shown whole or not at all. */
function bytesMaxOf(groups: readonly Group[]): number {
  const agents = groups.flat().map(({ agent }) => agent);
  return Math.min(
    inspectionLimits.bodyBytesMax.most,
    ...agents.map(({ config, link }) =>
      Math.min(config.bodyHandling.maxBytes, link.standing?.bodyBytesMax ?? Infinity),
    ),
  );
}

const noBytes = Buffer.alloc(0);
const leastHeldBytes = 4096;
