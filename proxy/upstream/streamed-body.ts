// A request's body on its way through agents in `stream` mode: each piece is put to them and sent on when they have let it
// pass; the client is not read meanwhile. What has passed cannot be called back: a piece that is refused ends the
// exchange, and the upstream sees its request cut. Sent chunked, since agents may change the length of every piece.

import { ask } from '../agents/asking.ts';
import { requestBodyEvent } from '../agents/events.ts';
import { HeldBody } from '../agents/held-body.ts';
import type { BodyTerms } from '../agents/plan.ts';
import { refusalOf } from '../agents/refusal.ts';
import { inquiryOf } from '../agents/reply-phase.ts';
import type { BodySink, Exchange } from '../exchange.ts';
import type { Refusal } from '../reply/refusals.ts';
import { refuse } from '../reply/refuse.ts';
import type { UpstreamConnection } from './connection.ts';

/** What sending does for it. */
export interface Sending {
  awaitReply(exchange: Exchange, upstream: UpstreamConnection): void;
  waitForTarget(exchange: Exchange, upstream: UpstreamConnection): void;
}

export class StreamedBody implements BodySink {
  readonly #terms: BodyTerms;
  readonly #sending: Sending;
  #body: HeldBody;
  #isAsking = false;
  #isLast = false;
  #chunkIndex = 0;
  #bytesSeen = 0;
  #isHeadOwed = true; // it stands in the worker's writer until the first call returns

  constructor(exchange: Exchange, terms: BodyTerms, sending: Sending) {
    this.#terms = terms;
    this.#sending = sending;
    this.#body = fresh(exchange);
  }

  onPiece(_: Exchange, bytes: Buffer, start: number, end: number): void {
    this.#body.add(bytes, start, end);
  }

  onHandedOver(exchange: Exchange, isLast: boolean): void {
    this.#isLast ||= isLast;
    if (this.#isHeadOwed && exchange.upstream !== undefined) exchange.worker.writer.send(exchange.upstream.outlet);
    this.#isHeadOwed = false;
    if (!this.#isAsking && (isLast || this.#body.shown.length > 0)) this.#ask(exchange);
  }

  #ask(exchange: Exchange): void {
    const body = this.#body;
    const isLast = this.#isLast;
    if (body.overflow !== undefined)
      return refuse(exchange, { code: 'inspection-full', error: 'no room in inspection-memory' });
    this.#body = fresh(exchange);
    this.#isAsking = true;
    if (!isLast) exchange.client.pause();
    this.#put(exchange, body, isLast).then(
      (refusal) => this.#onAnswer(exchange, body, isLast, refusal),
      (error: unknown) => exchange.onMistake(error),
    );
  }

  async #put(exchange: Exchange, body: HeldBody, isLast: boolean): Promise<Refusal | undefined> {
    this.#bytesSeen += body.shown.length;
    const totalSize = exchange.head.contentLength >= 0 ? exchange.head.contentLength : undefined;
    const stop = await ask(inquiryOf(exchange), {
      phase: 'request-body',
      groups: this.#terms.groups,
      event: () =>
        requestBodyEvent(exchange, {
          data: body.shown,
          isLast,
          totalSize,
          chunkIndex: this.#chunkIndex,
          bytes: this.#bytesSeen,
        }),
      onReply: ({ requestBody }) => {
        if (requestBody?.data !== undefined) body.replace(requestBody.data);
      },
    });
    this.#chunkIndex += 1;
    return stop === undefined ? undefined : refusalOf(exchange, stop);
  }

  #onAnswer(exchange: Exchange, body: HeldBody, isLast: boolean, refusal: Refusal | undefined): void {
    exchange.worker.timers.refresh();
    this.#isAsking = false;
    try {
      if (!exchange.isClosed) this.#goOn(exchange, body, isLast, refusal);
    } catch (error) {
      exchange.onMistake(error);
    } finally {
      body.drop();
    }
  }

  #goOn(exchange: Exchange, body: HeldBody, isLast: boolean, refusal: Refusal | undefined): void {
    const { upstream, client, worker } = exchange;
    if (refusal !== undefined) return refuse(exchange, refusal);
    if (upstream === undefined) return; // the reply came before the request was whole
    const { writer } = worker;
    writer.reset();
    body.writePieces(writer, true);
    if (isLast) writer.lastChunk(client.body.trailers);
    writer.send(upstream.outlet);
    if (isLast) return this.#sending.awaitReply(exchange, upstream);
    if (this.#isLast || this.#body.shown.length > 0) return this.#ask(exchange);
    if (upstream.outlet.isBackedUp) this.#sending.waitForTarget(exchange, upstream);
    else client.resume();
  }
}

function fresh({ worker }: Exchange): HeldBody {
  return new HeldBody(worker.inspectionMemory, Infinity);
}
