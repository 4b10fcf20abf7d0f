// The phase that relays the reply: the head built anew from what was understood, the body piece by piece as it comes, no
// faster than the client takes it. Head and first piece go out in one write. A reply whose end is the end of the
// connection becomes chunked, so that the client's connection can go on and a cut is seen as one.

import { messageLimits } from '#config/limits';
import type { BodyTerms } from '../agents/plan.ts';
import { closeExchange, leaveTarget } from '../close-exchange.ts';
import type { Exchange } from '../exchange.ts';
import type { BodyFraming } from '../http1/body-framing.ts';
import { codeOfFault, type Fault } from '../http1/faults.ts';
import { headerIds, isHopByHop } from '../http1/header-names.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import { constantOf, type HeadWriter, lineEnd, writeHeaders } from '../http1/write-head.ts';
import type { UpstreamConnection } from '../upstream/connection.ts';
import { onBrokenOff, timeoutsOf } from '../upstream/send.ts';
import { HeldReply, type Relaying, undeclared } from './held-reply.ts';
import { refuse } from './refuse.ts';
import { replyEdit } from './reply-edit.ts';
import { switchProtocols } from './switch.ts';

/** A head has come; what follows it is `bytes[at, end)`. */
export function relayReply(exchange: Exchange, bytes: Buffer, at: number, end: number): void {
  const { upstream } = exchange;
  if (upstream === undefined) return;
  const { head } = upstream;
  if (head.fault !== undefined) return refuse(exchange, { code: 'upstream-bad-reply', error: head.fault });
  if (head.status < 200) return relayInterim(exchange, upstream, bytes, at, end);
  beginFraming(exchange, upstream);
  if (exchange.replyTerms !== undefined && !upstream.framing.isDone)
    return holdReply(exchange, upstream, exchange.replyTerms, bytes, at, end);
  writeReplyHead(exchange, upstream);
  relayBytes(exchange, bytes, at, end);
}

/** Agents want to see the body; one that is none is not held. */
function holdReply(
  exchange: Exchange,
  upstream: UpstreamConnection,
  terms: BodyTerms,
  bytes: Buffer,
  at: number,
  end: number,
): void {
  exchange.heldReply = new HeldReply(exchange, upstream, terms, relaying);
  exchange.heldReply.take(bytes, at, end);
}

/** 100 has been answered by us already; others go to clients that know them (RFC 9110 section 15.2). 101 nobody asked for. */
function relayInterim(exchange: Exchange, upstream: UpstreamConnection, bytes: Buffer, at: number, end: number): void {
  const { head } = upstream;
  if (head.status === 101 && exchange.upgrade !== undefined)
    return switchProtocols(exchange, upstream, exchange.upgrade, { bytes, at, end });
  exchange.interimReplies += 1;
  if (head.status === 101 || exchange.interimReplies > messageLimits.interimRepliesMax) {
    return refuse(exchange, { code: 'upstream-bad-reply', error: `unexpected ${head.status}` });
  }
  if (head.status !== 100 && exchange.head.minor === 1) {
    const { writer } = exchange.worker;
    writer.reset();
    writeStatusLine(writer, head);
    writeHeaders(writer, head.lines, { ids: leftOut, names: head.connectionNames, edit: undefined });
    writer.constant(lineEnd);
    writer.send(exchange.client.outlet);
  }
  upstream.readNextHead(bytes, at, end);
}

const leftOut = isHopByHop.map((isLeftOut, id) => (id === headerIds['content-length'] ? 1 : isLeftOut));

function beginFraming(exchange: Exchange, { head, framing }: UpstreamConnection): void {
  exchange.status = head.status;
  if (exchange.head.method === 'CONNECT') head.keepsAlive = false; // the upstream may take what follows for another protocol
  frameBody(exchange, head, framing);
  const hasLength = framing.isDone || head.contentLength >= 0;
  exchange.isReplyChunked = !hasLength && exchange.head.minor === 1;
  const isOpenEnded = !hasLength && exchange.head.minor === 0;
  if (isOpenEnded || exchange.worker.isDraining || !exchange.client.body.isDone) exchange.keepsClient = false;
}

export function frameBody(exchange: Exchange, head: ResponseHead, framing: BodyFraming): void {
  if (isBodiless(exchange, head)) framing.beginNone();
  else if (head.isChunked) framing.beginChunked();
  else if (head.contentLength >= 0) framing.beginLength(head.contentLength);
  else framing.beginUntilClose();
}

/** RFC 9112 section 6.3, rules 1 and 2. */
function isBodiless({ head: { method } }: Exchange, { status }: ResponseHead): boolean {
  return method === 'HEAD' || status === 204 || status === 304 || (method === 'CONNECT' && status < 300);
}

/** Into the writer; it goes out with the first bytes of the body. */
function writeReplyHead(exchange: Exchange, { head, framing }: UpstreamConnection): void {
  const { writer } = exchange.worker;
  const edit = replyEdit(exchange);
  writer.reset();
  writeStatusLine(writer, head);
  writeHeaders(writer, head.lines, { ids: leftOut, names: head.connectionNames, edit });
  if (edit !== undefined) writer.latin1(edit.lines);
  if (exchange.splitLine !== '') writer.latin1(exchange.splitLine);
  if (exchange.stickyLine !== '') writer.latin1(exchange.stickyLine);
  if (exchange.isReplyChunked) writer.constant(chunkedLine);
  else if (exchange.replyLength !== -1) writeOtherLength(writer, exchange.replyLength);
  else if (head.contentLength >= 0 && head.status !== 204) writer.contentLength(head.contentLength);
  else if (framing.isDone && head.status === 205) writer.contentLength(0);
  writer.constant(exchange.keepsClient ? lineEnd : lastLine);
}

/** Where agents changed it, or may. */
function writeOtherLength(writer: HeadWriter, length: number): void {
  if (length !== undeclared) writer.contentLength(length);
}

const version = constantOf('HTTP/1.1 ');
const blank = constantOf(' ');
const chunkedLine = constantOf('Transfer-Encoding: chunked\r\n');
const lastLine = constantOf('Connection: close\r\n\r\n');

function writeStatusLine(writer: HeadWriter, { status, bytes, reasonStart, reasonEnd }: ResponseHead): void {
  if (status === 200 && isUsual(bytes, reasonStart, reasonEnd)) return writer.constant(usualLine);
  writer.constant(version);
  writer.decimal(status);
  writer.constant(blank);
  writer.copy(bytes, reasonStart, reasonEnd);
  writer.constant(lineEnd);
}

const usualLine = constantOf('HTTP/1.1 200 OK\r\n');

function isUsual(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 2 && bytes[start] === 0x4f && bytes[start + 1] === 0x4b;
}

/** More of the body. */
export function relayBytes(exchange: Exchange, bytes: Buffer, at: number, end: number): void {
  const { upstream, heldReply } = exchange;
  if (upstream === undefined) return;
  if (heldReply !== undefined) return heldReply.take(bytes, at, end);
  const { framing } = upstream;
  let index = at;
  while (index < end && !framing.isDone) {
    index = framing.next(bytes, index, end);
    if (framing.fault !== undefined) return refuseBody(exchange, framing.fault);
    if (framing.pieceEnd > framing.pieceStart)
      relayPiece(exchange, upstream, bytes, framing.pieceStart, framing.pieceEnd);
  }
  if (framing.isDone) return finishReply(exchange, upstream, index < end);
  flush(exchange);
  awaitTaking(exchange, upstream);
}

/** The next read, when the client has taken what was sent. */
function awaitTaking(exchange: Exchange, upstream: UpstreamConnection): void {
  const { client } = exchange;
  if (client.outlet.isBackedUp) {
    upstream.deadline.set(client.writeIdleMs); // now it is the client that is waited for
    upstream.pause();
  } else waitForMore(exchange, upstream);
}

function refuseBody(exchange: Exchange, fault: Fault): void {
  onBrokenOff(exchange, 'bad-reply');
  refuse(exchange, { code: 'upstream-bad-reply', error: `${codeOfFault(fault)}: ${fault}` });
}

function waitForMore(exchange: Exchange, { deadline }: UpstreamConnection): void {
  deadline.set(timeoutsOf(exchange).idleMs);
}

function relayPiece(exchange: Exchange, upstream: UpstreamConnection, bytes: Buffer, start: number, end: number): void {
  const { writer } = exchange.worker;
  exchange.bytesOut += end - start;
  if (exchange.isReplyChunked) {
    writer.chunk(bytes, start, end);
  } else if (end - start <= copiedBytesMax) {
    writer.copy(bytes, start, end);
  } else relayInPlace(exchange, upstream, bytes, start, end);
}

const copiedBytesMax = 16 * 1024; // beyond, writing from the read buffer saves a copy

/** Straight from the buffer it was read into, with what is in the writer put in front of it. */
function relayInPlace(
  exchange: Exchange,
  upstream: UpstreamConnection,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const { outlet } = exchange.client;
  const { writer } = exchange.worker;
  let from = start;
  const headLength = writer.length - writer.start;
  if (headLength > 0 && upstream.hasHeadroom(bytes, start, headLength)) {
    from = start - headLength;
    writer.bytes.copy(bytes, from, writer.start, writer.length);
    writer.reset();
  }
  writer.send(outlet);
  exchange.isReplyBegun = true;
  outlet.sendLent(bytes, from, end);
}

function flush(exchange: Exchange): void {
  exchange.isReplyBegun = true;
  exchange.worker.writer.send(exchange.client.outlet);
}

/** The client has taken what was waiting for it. */
export function relayMore(exchange: Exchange): void {
  const { upstream } = exchange;
  if (upstream === undefined || !exchange.isReplyBegun) return;
  waitForMore(exchange, upstream);
  upstream.resume();
}

const relaying: Relaying = {
  writeHead: writeReplyHead,
  waitForMore,
  goOn(exchange, upstream) {
    flush(exchange);
    awaitTaking(exchange, upstream);
  },
  finish: finishReply,
};

/** The upstream ended the connection; where that ends the body, the reply is whole. True if it was. */
export function relayEnd(exchange: Exchange, upstream: UpstreamConnection): boolean {
  const { heldReply } = exchange;
  if (heldReply !== undefined && upstream.framing.endsWithConnection) {
    heldReply.endWithConnection();
    return true;
  }
  if (!exchange.isReplyBegun || !upstream.framing.endsWithConnection) return false;
  finishReply(exchange, upstream, true);
  return true;
}

function finishReply(exchange: Exchange, upstream: UpstreamConnection, hasMore: boolean): void {
  const { framing, head } = upstream;
  const { writer } = exchange.worker;
  if (exchange.isReplyChunked) {
    writer.lastChunk(framing.trailers);
  }
  flush(exchange);
  exchange.upstream = undefined;
  const target = exchange.upstreamTarget;
  target?.watch?.onFinished();
  leaveTarget(exchange);
  const isInStep = head.keepsAlive && framing.isDone && !hasMore && exchange.isRequestSent;
  if (isInStep && target !== undefined) target.pool.put(upstream);
  else upstream.destroy();
  closeExchange(exchange);
}
