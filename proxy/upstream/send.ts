// The phase that sends the request: picks a target, takes a resting connection or opens one, writes head and body, and
// decides what may be tried again. The rule for trying again is a table of two: nothing has been sent (another target
// may have it), or a connection that had rested turns out to be dead before the first byte of a reply, and the request
// may be sent twice (the same target, once, on a fresh connection).

import assert from 'node:assert/strict';
import { timeLimits } from '#config/limits';
import type { UpstreamConfig } from '#config/schema';
import { leaveTarget } from '../close-exchange.ts';
import type { BodySink, Exchange } from '../exchange.ts';
import type { Refusal } from '../reply/refusals.ts';
import { grantContinue } from '../request/body.ts';
import { forwardHeaders } from '../request/headers.ts';
import type { UpstreamConnection } from './connection.ts';
import type { Target } from './pick.ts';

export function sendUpstream(exchange: Exchange): Refusal | undefined {
  const target = exchange.route?.upstream?.pick(exchange.triedTargets);
  if (target === undefined) return { code: 'upstream-connect-failed', error: exchange.error };
  target.active += 1;
  exchange.isAtTarget = true;
  exchange.upstreamTarget = target;
  const resting = target.pool.take(exchange, mayBeSentTwice(exchange) ? Infinity : timeLimits.freshForUnsafeMs);
  if (resting === undefined) openConnection(exchange, target);
  else sendOn(exchange, resting);
  return undefined;
}

function openConnection(exchange: Exchange, target: Target): void {
  exchange.upstream = target.pool.open(exchange);
  exchange.upstream.deadline.set(timeoutsOf(exchange).connectMs);
}

/** Those of the upstream that the exchange was sent to. */
export function timeoutsOf({ route }: Exchange): UpstreamConfig['timeouts'] {
  assert(route?.upstream !== undefined, 'only a route with an upstream sends');
  return route.upstream.config.timeouts;
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
  exchange.client.readBodyInto(toUpstream);
}

/** Head and first pieces go out in one write. Pieces are copied: the bytes they stand in are only lent (fast-reads.ts). */
const toUpstream: BodySink = {
  onPiece({ worker: { writer }, upstream, head }, bytes, start, end) {
    if (upstream === undefined) return;
    if (head.isChunked) {
      writer.chunk(bytes, start, end);
    } else {
      writer.copy(bytes, start, end);
    }
  },
  onHandedOver(exchange, isLast) {
    const { upstream, client, head } = exchange;
    const { writer } = exchange.worker;
    if (upstream === undefined) return;
    if (isLast && head.isChunked) {
      writer.lastChunk(client.body.trailers);
    }
    writer.send(upstream.outlet);
    exchange.isRequestSent = isLast;
    if (isLast && !exchange.isReplyBegun) upstream.deadline.set(timeoutsOf(exchange).responseHeadersMs);
    else if (!isLast && upstream.outlet.isBackedUp) waitForTarget(exchange, upstream);
  },
};

/** The target takes the body slowly: the client is not read, and has no deadline, until it has; the target has one. */
function waitForTarget(exchange: Exchange, { deadline }: UpstreamConnection): void {
  exchange.client.pause();
  if (!exchange.isReplyBegun) deadline.set(timeoutsOf(exchange).idleMs);
}

/** The target has taken what waited for it. */
export function sendMore({ client, upstream, isReplyBegun, isRequestSent }: Exchange): void {
  if (!isReplyBegun && !isRequestSent) upstream?.deadline.clear();
  client.resume();
}

/** The connection ended before a reply: another target, a fresh connection, or a refusal. */
export function onConnectionLost(exchange: Exchange, upstream: UpstreamConnection, error: string): Refusal | undefined {
  const target = exchange.upstreamTarget;
  exchange.upstream = undefined;
  upstream.destroy();
  if (target !== undefined) target.failures += 1;
  exchange.error = error;
  if (!upstream.isConnected && target !== undefined) {
    leaveTarget(exchange);
    exchange.triedTargets = [...exchange.triedTargets, target];
    return sendUpstream(exchange);
  }
  const isStale = upstream.isReused && upstream.replyBytes === 0 && !exchange.wasReplaced;
  if (!isStale || !mayBeSentTwice(exchange) || target === undefined) return { code: 'upstream-closed', error };
  exchange.wasReplaced = true;
  openConnection(exchange, target);
  return undefined;
}

/** RFC 9110 section 9.2.2, and only without a body: what has been read of a body is gone. */
function mayBeSentTwice({ head }: Exchange): boolean {
  return idempotent.has(head.method) && !head.isChunked && head.contentLength <= 0;
}

const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);
