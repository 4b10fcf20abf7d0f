// The phase that relays the reply: the head built anew from what was understood, the body piece by piece as it comes, no
// faster than the client takes it. Head and first piece go out in one write. A reply whose end is the end of the
// connection becomes chunked, so that the client's connection can go on and a cut is seen as one.

import { messageLimits } from '#config/limits';
import { closeExchange, leaveTarget } from '../close-exchange.ts';
import type { Exchange } from '../exchange.ts';
import { codeOfFault } from '../http1/faults.ts';
import { editOfMutations } from '../http1/header-edit.ts';
import { headerIds, isHopByHop } from '../http1/header-names.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import { writeHeaders } from '../http1/write-head.ts';
import type { UpstreamConnection } from '../upstream/connection.ts';
import { measureReply } from '../upstream/measure.ts';
import { refuse } from './refuse.ts';

/** A head has come; what follows it is `bytes[at, end)`. */
export function relayReply(exchange: Exchange, bytes: Buffer, at: number, end: number): void {
  const { upstream } = exchange;
  if (upstream === undefined) return;
  const { head } = upstream;
  if (head.fault !== undefined) return refuse(exchange, { code: 'upstream-bad-reply', error: head.fault });
  if (head.status < 200) return relayInterim(exchange, upstream, bytes, at, end);
  beginFraming(exchange, upstream);
  writeReplyHead(exchange, upstream);
  relayBytes(exchange, bytes, at, end);
}

/** 100 has been answered by us already; others go to clients that know them (RFC 9110 section 15.2). 101 nobody asked for. */
function relayInterim(exchange: Exchange, upstream: UpstreamConnection, bytes: Buffer, at: number, end: number): void {
  const { head } = upstream;
  exchange.interimReplies += 1;
  if (head.status === 101 || exchange.interimReplies > messageLimits.interimRepliesMax) {
    return refuse(exchange, { code: 'upstream-bad-reply', error: `unexpected ${head.status}` });
  }
  if (head.status !== 100 && exchange.head.minor === 1) {
    const { writer } = exchange.worker;
    writer.reset();
    writer.ensure(bytes.length + statusLineBytes);
    writer.text(`HTTP/1.1 ${head.status} `);
    writer.copy(head.bytes, head.reasonStart, head.reasonEnd);
    writer.text('\r\n');
    writeHeaders(writer, head.lines, { ids: leftOut, names: head.connectionNames, edit: undefined });
    writer.text('\r\n');
    writer.send(exchange.client.outlet);
  }
  upstream.readNextHead(bytes, at, end);
}

const statusLineBytes = 512;
const leftOut = isHopByHop.map((isLeftOut, id) => (id === headerIds['content-length'] ? 1 : isLeftOut));

function beginFraming(exchange: Exchange, { head, framing }: UpstreamConnection): void {
  exchange.status = head.status;
  measureReply(exchange, head.status);
  if (isBodiless(exchange, head)) framing.beginNone();
  else if (head.isChunked) framing.beginChunked();
  else if (head.contentLength >= 0) framing.beginLength(head.contentLength);
  else framing.beginUntilClose();
  const hasLength = framing.isDone || head.contentLength >= 0;
  exchange.isReplyChunked = !hasLength && exchange.head.minor === 1;
  const isOpenEnded = !hasLength && exchange.head.minor === 0;
  if (isOpenEnded || exchange.worker.isDraining || !exchange.client.body.isDone) exchange.keepsClient = false;
}

/** RFC 9112 section 6.3, rules 1 and 2. */
function isBodiless(exchange: Exchange, { status }: ResponseHead): boolean {
  return exchange.head.method === 'HEAD' || status === 204 || status === 304;
}

/** Into the writer; it goes out with the first bytes of the body. */
function writeReplyHead(exchange: Exchange, { head, framing }: UpstreamConnection): void {
  const { route } = exchange;
  const { writer } = exchange.worker;
  const rules = route?.config.policies.responseHeaders;
  const edit =
    exchange.responseMutations.length === 0 || rules === undefined
      ? route?.responseEdit
      : editOfMutations(exchange.responseMutations, rules);
  writer.reset();
  writer.ensure(head.bytes.length + statusLineBytes + (edit?.lines.length ?? 0));
  writer.text(head.status === 200 ? 'HTTP/1.1 200 ' : `HTTP/1.1 ${head.status} `);
  writer.copy(head.bytes, head.reasonStart, head.reasonEnd);
  writer.text('\r\n');
  writeHeaders(writer, head.lines, { ids: leftOut, names: head.connectionNames, edit });
  if (edit !== undefined) writer.text(edit.lines);
  if (exchange.splitLine !== '' || exchange.stickyLine !== '') writer.text(exchange.splitLine + exchange.stickyLine);
  if (exchange.isReplyChunked) writer.text('Transfer-Encoding: chunked\r\n');
  else if (head.contentLength >= 0 && head.status !== 204) writer.decimalLine('Content-Length', head.contentLength);
  else if (framing.isDone && head.status === 205) writer.text('Content-Length: 0\r\n');
  writer.text(exchange.keepsClient ? '\r\n' : 'Connection: close\r\n\r\n');
}

/** More of the body. */
export function relayBytes(exchange: Exchange, bytes: Buffer, at: number, end: number): void {
  const { upstream, client } = exchange;
  if (upstream === undefined) return;
  const { framing } = upstream;
  let index = at;
  while (index < end && !framing.isDone) {
    index = framing.next(bytes, index, end);
    if (framing.fault !== undefined)
      return refuse(exchange, { code: 'upstream-bad-reply', error: `${codeOfFault(framing.fault)}: ${framing.fault}` });
    if (framing.pieceEnd > framing.pieceStart)
      relayPiece(exchange, upstream, bytes, framing.pieceStart, framing.pieceEnd);
  }
  if (framing.isDone) return finishReply(exchange, upstream, index < end);
  flush(exchange);
  if (client.outlet.isBackedUp) {
    upstream.deadline.set(client.writeIdleMs); // now it is the client that is waited for
    upstream.pause();
  } else waitForMore(exchange, upstream);
}

function waitForMore({ chosenUpstream }: Exchange, { deadline }: UpstreamConnection): void {
  deadline.set(chosenUpstream?.config.timeouts.idleMs ?? Infinity);
}

function relayPiece(exchange: Exchange, upstream: UpstreamConnection, bytes: Buffer, start: number, end: number): void {
  const { writer } = exchange.worker;
  exchange.bytesOut += end - start;
  if (exchange.isReplyChunked) {
    writer.ensure(end - start + chunkFrameBytes);
    writer.chunk(bytes, start, end);
  } else if (end - start <= copiedBytesMax) {
    writer.ensure(end - start);
    writer.copy(bytes, start, end);
  } else relayInPlace(exchange, upstream, bytes, start, end);
}

const chunkFrameBytes = 32; // the size, two line ends
const copiedBytesMax = 16 * 1024; // beyond, writing from the read buffer saves more than it risks: a buffer per slow client

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
  if (writer.length > 0 && upstream.hasHeadroom(bytes, start, writer.length)) {
    from = start - writer.length;
    writer.bytes.copy(bytes, from, 0, writer.length);
    writer.reset();
  }
  writer.send(outlet);
  exchange.isReplyBegun = true;
  if (!outlet.send(bytes.subarray(from, end))) upstream.keepBuffer(bytes);
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

/** The upstream ended the connection; where that ends the body, the reply is whole. True if it was. */
export function relayEnd(exchange: Exchange, upstream: UpstreamConnection): boolean {
  if (!exchange.isReplyBegun || !upstream.framing.endsWithConnection) return false;
  finishReply(exchange, upstream, true);
  return true;
}

function finishReply(exchange: Exchange, upstream: UpstreamConnection, hasMore: boolean): void {
  const { framing, head } = upstream;
  const { writer } = exchange.worker;
  if (exchange.isReplyChunked) {
    writer.ensure(framing.trailers.length + chunkFrameBytes);
    writer.lastChunk(framing.trailers);
  }
  flush(exchange);
  exchange.upstream = undefined;
  const target = exchange.upstreamTarget;
  leaveTarget(exchange);
  const isInStep = head.keepsAlive && framing.isDone && !hasMore && exchange.isRequestSent;
  if (isInStep && target !== undefined) target.pool.put(upstream);
  else upstream.destroy();
  closeExchange(exchange);
}
