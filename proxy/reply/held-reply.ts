// The body of a reply on its way through agents: held whole (`buffer`), or a read's worth at a time (`stream`), and sent
// when they have let it pass. The head waits with the first bytes, so an agent can still refuse the reply as a whole. The
// upstream is not read while agents are asked. A reply of which only the beginning is shown goes on as usual behind it.

import { ask } from '../agents/asking.ts';
import { responseBodyEvent } from '../agents/events.ts';
import { HeldBody } from '../agents/held-body.ts';
import type { BodyTerms } from '../agents/plan.ts';
import { refusalOf } from '../agents/refusal.ts';
import { inquiryOf, takeReplyChanges } from '../agents/reply-phase.ts';
import type { Exchange, ReplyHolder } from '../exchange.ts';
import { codeOfFault } from '../http1/faults.ts';
import type { UpstreamConnection } from '../upstream/connection.ts';
import type { Refusal } from './refusals.ts';
import { refuse } from './refuse.ts';

/** What relaying does for it. */
export interface Relaying {
  writeHead(exchange: Exchange, upstream: UpstreamConnection): void;
  waitForMore(exchange: Exchange, upstream: UpstreamConnection): void;
  /** What is in the writer goes out; then more is read, when the client has taken it. */
  goOn(exchange: Exchange, upstream: UpstreamConnection): void;
  finish(exchange: Exchange, upstream: UpstreamConnection, hasMore: boolean): void;
}

export class HeldReply implements ReplyHolder {
  readonly #exchange: Exchange;
  readonly #upstream: UpstreamConnection;
  readonly #terms: BodyTerms;
  readonly #relaying: Relaying;
  #body: HeldBody;
  #isHeadOwed = true;
  #isAsking = false;
  #hasMore = false; // bytes behind the end of the body
  #hasEnded = false; // by the end of the connection
  #chunkIndex = 0;
  #bytesSeen = 0;

  constructor(exchange: Exchange, upstream: UpstreamConnection, terms: BodyTerms, relaying: Relaying) {
    this.#exchange = exchange;
    this.#upstream = upstream;
    this.#terms = terms;
    this.#relaying = relaying;
    this.#body = this.#fresh();
    if (terms.mode === 'stream') {
      exchange.isReplyChunked = exchange.head.minor === 1; // agents may change the length of every piece
      exchange.replyLength = undeclared;
      if (exchange.head.minor === 0) exchange.keepsClient = false;
    }
  }

  take(bytes: Buffer, at: number, end: number): void {
    const { framing } = this.#upstream;
    let index = at;
    while (index < end && !framing.isDone) {
      index = framing.next(bytes, index, end);
      if (framing.fault !== undefined)
        return this.#refuse({ code: 'upstream-bad-reply', error: `${codeOfFault(framing.fault)}: ${framing.fault}` });
      if (framing.pieceEnd > framing.pieceStart) this.#body.add(bytes, framing.pieceStart, framing.pieceEnd);
    }
    this.#hasMore = index < end;
    if (this.#mustAsk(framing.isDone)) this.#ask(framing.isDone);
    else this.#relaying.waitForMore(this.#exchange, this.#upstream);
  }

  endWithConnection(): void {
    this.#hasEnded = true;
    if (!this.#isAsking) this.#ask(true);
  }

  close(): void {
    this.#body.drop();
  }

  #fresh(): HeldBody {
    const { bytesMax, mode } = this.#terms;
    return new HeldBody(this.#exchange.worker.inspectionMemory, mode === 'stream' ? Infinity : bytesMax);
  }

  #mustAsk(isDone: boolean): boolean {
    if (isDone || this.#body.overflow !== undefined) return true;
    return this.#terms.mode === 'stream' && this.#body.shown.length > 0;
  }

  #ask(isLast: boolean): void {
    const { overflow } = this.#body;
    if (overflow !== undefined && (this.#terms.onTooLarge === 'refuse' || this.#terms.mode === 'stream'))
      return this.#refuse(
        overflow === 'too-large'
          ? { code: 'reply-too-large', error: `over ${this.#terms.bytesMax} bytes for agents` }
          : { code: 'inspection-full', error: 'no room in inspection-memory' },
      );
    this.#isAsking = true;
    this.#upstream.pause();
    this.#upstream.deadline.clear();
    this.#put(isLast).then(
      (refusal) => this.#onAnswer(refusal, isLast),
      (error: unknown) => this.#exchange.onMistake(error),
    );
  }

  async #put(isLast: boolean): Promise<Refusal | undefined> {
    const [exchange, body] = [this.#exchange, this.#body];
    const inquiry = inquiryOf(exchange);
    if (body.overflow !== undefined) inquiry.tag('inspected-prefix');
    this.#bytesSeen += body.shown.length;
    const { contentLength } = this.#upstream.head;
    const totalSize =
      contentLength >= 0
        ? contentLength
        : isLast || body.overflow !== undefined
          ? this.#bytesSeen + body.beyondBytes
          : undefined;
    const isLastShown = isLast || body.overflow !== undefined;
    const shownBefore = body.shown.length;
    const event = () =>
      responseBodyEvent(exchange, {
        data: body.shown,
        isLast: isLastShown,
        totalSize,
        chunkIndex: this.#chunkIndex,
        bytes: this.#bytesSeen,
      });
    const onReply = ({
      responseBody,
    }: {
      readonly responseBody: { readonly data: Uint8Array | undefined } | undefined;
    }) => {
      if (responseBody?.data !== undefined) body.replace(responseBody.data);
    };
    const stop = await ask(inquiry, { phase: 'response-body', groups: this.#terms.groups, event, onReply });
    if (stop !== undefined) return refusalOf(exchange, stop);
    if (!exchange.isReplyBegun) takeReplyChanges(exchange, inquiry);
    if (this.#terms.mode === 'buffer' && contentLength >= 0)
      exchange.replyLength = contentLength - shownBefore + body.shown.length;
    return undefined;
  }

  #onAnswer(refusal: Refusal | undefined, isLast: boolean): void {
    const [exchange, upstream] = [this.#exchange, this.#upstream];
    exchange.worker.timers.refresh();
    this.#isAsking = false;
    if (exchange.isClosed || exchange.upstream !== upstream) return;
    try {
      if (refusal !== undefined) this.#refuse(refusal);
      else this.#pass(isLast);
    } catch (error) {
      exchange.onMistake(error);
    }
  }

  #pass(isLast: boolean): void {
    const [exchange, upstream, body] = [this.#exchange, this.#upstream, this.#body];
    const { writer } = exchange.worker;
    upstream.resume(); // whatever becomes of the connection: it may rest next
    if (this.#isHeadOwed) this.#relaying.writeHead(exchange, upstream);
    else writer.reset();
    this.#isHeadOwed = false;
    const before = writer.length;
    body.writePieces(writer, exchange.isReplyChunked);
    exchange.bytesOut += exchange.isReplyChunked ? body.shown.length + body.beyondBytes : writer.length - before;
    const isBeginning = body.overflow !== undefined;
    body.drop();
    if (isLast || this.#hasEnded) return this.#relaying.finish(exchange, upstream, this.#hasMore || this.#hasEnded);
    if (isBeginning)
      exchange.heldReply = undefined; // what follows is relayed as usual
    else this.#next();
    this.#relaying.goOn(exchange, upstream);
  }

  #next(): void {
    this.#body = this.#fresh();
    this.#chunkIndex += 1;
  }

  #refuse(refusal: Refusal): void {
    this.#body.drop();
    refuse(this.#exchange, refusal);
  }
}

export const undeclared = -2; // of `replyLength`: the head declares none
