// The phase that sends the request: picks a target, takes a resting connection or opens one, writes head and body, and
// decides what may be tried again. The rule for trying again is a table of two: nothing has been sent (another target
// may have it), or a connection that had rested turns out to be dead before the first byte of a reply, and the request
// may be sent twice (the same target, once, on a fresh connection).

import { timeLimits } from '#config/limits';
import { leaveTarget } from '../close-exchange.ts';
import type { BodySink, Exchange } from '../exchange.ts';
import type { Refusal } from '../reply/refusals.ts';
import { grantContinue } from '../request/body.ts';
import { forwardHeaders } from '../request/headers.ts';
import type { UpstreamConnection } from './connection.ts';
import { measureFailure } from './measure.ts';
import type { Target } from './pick.ts';

export function sendUpstream(exchange: Exchange): Refusal | undefined {
  const target = exchange.chosenUpstream?.pick(exchange);
  if (target === undefined) return { code: 'upstream-connect-failed', error: exchange.error };
  target.active += 1;
  exchange.isAtTarget = true;
  exchange.upstreamTarget = target;
  exchange.pickedMs = exchange.worker.timers.nowMs;
  target.queuedTokens += exchange.queuedTokens;
  const resting = target.pool.take(exchange, mayBeSentTwice(exchange) ? Infinity : timeLimits.freshForUnsafeMs);
  if (resting === undefined) openConnection(exchange, target);
  else sendOn(exchange, resting);
  return undefined;
}

function openConnection(exchange: Exchange, target: Target): void {
  exchange.upstream = target.pool.open(exchange);
  exchange.upstream.deadline.set(exchange.chosenUpstream?.config.timeouts.connectMs ?? Infinity);
}

/** The connection stands: the request goes out. */
export function sendRequest(exchange: Exchange): void {
  if (exchange.upstream !== undefined) sendOn(exchange, exchange.upstream);
}

function sendOn(exchange: Exchange, upstream: UpstreamConnection): void {
  exchange.upstream = upstream;
  exchange.isUpstreamReused = upstream.isReused;
  exchange.attempts += 1;
  if (exchange.upstreamTarget !== undefined) exchange.upstreamTarget.attempts += 1;
  upstream.deadline.clear();
  grantContinue(exchange);
  forwardHeaders(exchange);
  if (exchange.route?.mirror !== undefined) exchange.route.mirror.begin(exchange);
  exchange.client.readBodyInto(toUpstream);
}

/** Head and first pieces go out in one write. Pieces are copied: the bytes they stand in are only lent (fast-reads.ts). */
const toUpstream: BodySink = {
  onPiece({ worker: { writer }, upstream, head }, bytes, start, end) {
    if (upstream === undefined) return;
    if (head.isChunked) {
      writer.ensure(end - start + chunkFrameBytes);
      writer.chunk(bytes, start, end);
    } else {
      writer.ensure(end - start);
      writer.copy(bytes, start, end);
    }
  },
  onHandedOver(exchange, isLast) {
    const { upstream, client, head } = exchange;
    const { writer } = exchange.worker;
    if (upstream === undefined) return;
    if (isLast && head.isChunked) {
      writer.ensure(client.body.trailers.length + chunkFrameBytes);
      writer.lastChunk(client.body.trailers);
    }
    exchange.mirrorCopy?.take(writer.bytes, writer.length, isLast);
    writer.send(upstream.outlet);
    exchange.isRequestSent = isLast;
    if (isLast && !exchange.isReplyBegun)
      upstream.deadline.set(exchange.chosenUpstream?.config.timeouts.responseHeadersMs ?? Infinity);
    else if (!isLast && upstream.outlet.isBackedUp) waitForTarget(exchange, upstream);
  },
};

/** The target takes the body slowly: the client is not read, and has no deadline, until it has; the target has one. */
function waitForTarget({ client, isReplyBegun, chosenUpstream }: Exchange, { deadline }: UpstreamConnection): void {
  client.pause();
  if (!isReplyBegun) deadline.set(chosenUpstream?.config.timeouts.idleMs ?? Infinity);
}

/** The target has taken what waited for it. */
export function sendMore({ client, upstream, isReplyBegun, isRequestSent }: Exchange): void {
  if (!isReplyBegun && !isRequestSent) upstream?.deadline.clear();
  client.resume();
}

const chunkFrameBytes = 32; // the size, two line ends

/** The connection ended before a reply: another target, a fresh connection, or a refusal. */
export function onConnectionLost(exchange: Exchange, upstream: UpstreamConnection, error: string): Refusal | undefined {
  const target = exchange.upstreamTarget;
  exchange.upstream = undefined;
  upstream.destroy();
  if (target !== undefined) target.failures += 1;
  exchange.error = error;
  if (!upstream.isConnected && target !== undefined) {
    measureFailure(exchange);
    leaveTarget(exchange);
    exchange.triedTargets = [...exchange.triedTargets, target];
    return sendUpstream(exchange);
  }
  const isStale = upstream.isReused && upstream.replyBytes === 0 && !exchange.wasReplaced;
  if (!isStale || !mayBeSentTwice(exchange) || target === undefined) {
    measureFailure(exchange);
    return { code: 'upstream-closed', error };
  }
  exchange.wasReplaced = true;
  openConnection(exchange, target);
  return undefined;
}

/** RFC 9110 section 9.2.2, and only without a body: what has been read of a body is gone. */
function mayBeSentTwice({ head }: Exchange): boolean {
  return idempotent.has(head.method) && !head.isChunked && head.contentLength <= 0;
}

const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);
