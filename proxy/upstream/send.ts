// The phase that sends the request: picks a target, takes a resting connection or opens one, writes head and body, and
// decides what is tried again. Three rules, from the safest on. Nothing has been sent: another address of the target,
// then another target may have it, and no policy is asked. A connection that had rested turns out to be dead before the
// first byte of a reply: the same target, once, on a fresh connection, if the request may be sent twice. Everything else
// is a retry: only as the route's policy says, out of the upstream's budget, after a delay, another target first.

import assert from 'node:assert/strict';
import { timeLimits } from '#config/limits';
import type { UpstreamConfig } from '#config/schema';
import type { HeldBody } from '../agents/held-body.ts';
import { leaveTarget } from '../close-exchange.ts';
import type { BodySink, Exchange } from '../exchange.ts';
import type { PickedBy, TargetFailure } from '../metrics.ts';
import type { Refusal } from '../reply/refusals.ts';
import { grantContinue } from '../request/body.ts';
import { forwardHeaders } from '../request/headers.ts';
import { mayTake } from './balance.ts';
import type { UpstreamConnection } from './connection.ts';
import { measureFailure } from './measure.ts';
import type { Target } from './pick.ts';
import { idempotentMethods, type RetryCause } from './retry.ts';
import { KeptBody } from './retry-body.ts';
import { Pause } from './retry-pause.ts';
import { StreamedBody } from './streamed-body.ts';

export function sendUpstream(exchange: Exchange): Refusal | undefined {
  const { route, worker } = exchange;
  if (route?.retry !== undefined) exchange.chosenUpstream?.retryBudget.onRequest(worker.timers.nowMs);
  return sendToNext(exchange);
}

/** To a target that has not been tried; when all have been, or none is available, a refusal. */
function sendToNext(exchange: Exchange): Refusal | undefined {
  const target = exchange.chosenUpstream?.pick(exchange);
  if (target !== undefined) return sendTo(exchange, target);
  return exchange.triedTargets.length === 0
    ? { code: 'upstream-unavailable', error: exchange.error ?? 'no target is available' }
    : { code: 'upstream-connect-failed', error: exchange.error };
}

function sendTo(exchange: Exchange, target: Target): Refusal | undefined {
  target.active += 1;
  exchange.isAtTarget = true;
  exchange.upstreamTarget = target;
  exchange.pickedMs = exchange.worker.timers.nowMs;
  target.queuedTokens += exchange.queuedTokens;
  exchange.addressesFailed = 0;
  if (target.watch !== undefined) exchange.isTrial = target.watch.begin();
  exchange.pickedBy = exceptionOf(exchange, target);
  return target.pool.mustWait ? waitForPlace(exchange, target) : connect(exchange, target);
}

/** Why this target, if not because it was the algorithm's choice among all. */
function exceptionOf(exchange: Exchange, target: Target): PickedBy | undefined {
  if (target.isLastResort) return 'panic';
  if (exchange.isTrial) return 'trial';
  if (exchange.retries > 0) return 'retry';
  if (exchange.triedTargets.length > 0) return 'next';
  return exchange.staysAtTarget ? 'cookie' : undefined;
}

function countAttempt({ pickedBy }: Exchange, target: Target): void {
  target.attempts += 1;
  if (pickedBy !== undefined) target.metrics.countPick(pickedBy);
}

function connect(exchange: Exchange, target: Target): Refusal | undefined {
  const resting = target.pool.take(exchange, mayBeSentTwice(exchange) ? Infinity : timeLimits.freshForUnsafeMs);
  if (resting === undefined) return openConnection(exchange, target);
  sendOn(exchange, resting);
  return undefined;
}

function openConnection(exchange: Exchange, target: Target): Refusal | undefined {
  exchange.upstream = target.pool.open(exchange);
  if (exchange.upstream === undefined) return onUnreachable(exchange, target, 'the name of the target has no address');
  exchange.upstream.deadline.set(timeoutsOf(exchange).connectMs);
  return undefined;
}

/** Those of the upstream that the exchange was sent to. */
export function timeoutsOf({ chosenUpstream }: Exchange): UpstreamConfig['timeouts'] {
  assert(chosenUpstream !== undefined, 'only a route with an upstream sends');
  return chosenUpstream.config.timeouts;
}

/** In order, no longer than connecting may take; then other targets have their turn. */
function waitForPlace(exchange: Exchange, target: Target): Refusal | undefined {
  const waiter = { onPlace: () => pause.goOn(() => connect(exchange, target)) };
  const leave = () => target.pool.leave(waiter);
  const giveUp = () => {
    leave();
    return onNoPlace(exchange, target);
  };
  if (!target.pool.wait(waiter)) return onNoPlace(exchange, target);
  const waitMs = timeoutsOf(exchange).connectMs;
  const pause = new Pause(exchange, exchange.worker.timers, waitMs, giveUp, leave);
  exchange.pause = pause;
  return undefined;
}

function onNoPlace(exchange: Exchange, target: Target): Refusal | undefined {
  leaveTarget(exchange);
  exchange.triedTargets = [...exchange.triedTargets, target];
  const refusal = sendToNext(exchange);
  return refusal === undefined ? undefined : { code: 'upstream-full', error: 'no connection to a target became free' };
}

/** The connection stands: the request goes out. */
export function sendRequest(exchange: Exchange): void {
  if (exchange.upstream !== undefined) sendOn(exchange, exchange.upstream);
}

function sendOn(exchange: Exchange, upstream: UpstreamConnection): void {
  const { client, route, worker, keptBody } = exchange;
  exchange.upstream = upstream;
  exchange.isUpstreamReused = upstream.isReused;
  exchange.isRequestSent = false;
  exchange.attempts += 1;
  exchange.sentAtMs = worker.timers.nowMs;
  if (exchange.upstreamTarget !== undefined) countAttempt(exchange, exchange.upstreamTarget);
  upstream.deadline.clear();
  grantContinue(exchange);
  forwardHeaders(exchange);
  if (keptBody !== undefined) return sendKept(exchange, upstream, keptBody);
  if (exchange.heldBody !== undefined) return sendHeld(exchange, upstream, exchange.heldBody);
  if (exchange.streamedTerms !== undefined)
    return client.readBodyInto(new StreamedBody(exchange, exchange.streamedTerms, { awaitReply, waitForTarget }));
  if (route?.retry?.coversMethod(exchange.head.method) === true && !hasNoBody(exchange))
    exchange.keptBody = new KeptBody(worker.keptBytes);
  if (route?.mirror !== undefined) route.mirror.begin(exchange);
  client.readBodyInto(toUpstream);
}

/** The whole body again, behind its head. */
function sendKept(exchange: Exchange, upstream: UpstreamConnection, body: NonNullable<Exchange['keptBody']>): void {
  const { worker, head, client } = exchange;
  body.write(worker.writer, head.isChunked, client.body.trailers);
  worker.writer.send(upstream.outlet);
  awaitReply(exchange, upstream);
}

/** What agents have seen of the body, all of it or its beginning. From then on it is kept as any other. */
function sendHeld(exchange: Exchange, upstream: UpstreamConnection, body: HeldBody): void {
  const { worker, head, client, route } = exchange;
  if (route?.mirror !== undefined) route.mirror.begin(exchange);
  if (exchange.isBodyHeldWhole) {
    exchange.keptBody = body;
    body.write(worker.writer, head.isChunked, client.body.trailers);
  } else body.writePieces(worker.writer, head.isChunked);
  exchange.mirrorCopy?.take(worker.writer.written, exchange.isBodyHeldWhole);
  worker.writer.send(upstream.outlet);
  if (exchange.isBodyHeldWhole) return awaitReply(exchange, upstream);
  body.drop();
  exchange.heldBody = undefined;
  client.resume();
  client.readBodyInto(toUpstream);
}

/** Head and first pieces go out in one write. Pieces are copied: the bytes they stand in are only lent (fast-reads.ts). */
const toUpstream: BodySink = {
  onPiece({ worker: { writer }, upstream, head, keptBody }, bytes, start, end) {
    if (upstream === undefined) return;
    if (keptBody instanceof KeptBody) keptBody.add(bytes, start, end);
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
    exchange.mirrorCopy?.take(writer.written, isLast);
    writer.send(upstream.outlet);
    if (isLast) awaitReply(exchange, upstream);
    else if (upstream.outlet.isBackedUp) waitForTarget(exchange, upstream);
  },
};

/** All of the request is out. */
function awaitReply(exchange: Exchange, { deadline }: UpstreamConnection): void {
  exchange.isRequestSent = true;
  if (exchange.isReplyBegun) return;
  const { retry } = exchange.route ?? {};
  const replyMs = timeoutsOf(exchange).responseHeadersMs;
  deadline.set(retry === undefined ? replyMs : Math.min(replyMs, retry.perTryMs));
}

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

// ---- when it fails

/** The connection ended before a reply: another address, another target, a fresh connection, a retry, or a refusal. */
export function onConnectionLost(exchange: Exchange, upstream: UpstreamConnection, error: string): Refusal | undefined {
  const target = exchange.upstreamTarget;
  exchange.upstream = undefined;
  upstream.destroy();
  exchange.error = error;
  if (target === undefined) return { code: 'upstream-closed', error };
  if (!upstream.isConnected) {
    target.pool.addresses.rest(upstream.address, exchange.worker.timers.nowMs);
    return onUnreachable(exchange, target, error);
  }
  if (upstream.isRefused) return onRefused(exchange, target, error);
  const isStale = upstream.isReused && upstream.replyBytes === 0 && !exchange.wasReplaced;
  if (isStale && mayBeSentTwice(exchange)) {
    exchange.wasReplaced = true;
    return openConnection(exchange, target);
  }
  return onNoReply(exchange, target, 'reset') ? undefined : { code: 'upstream-closed', error };
}

/** As good as unreachable, but what has been read of a body is gone. */
function onRefused(exchange: Exchange, target: Target, error: string): Refusal | undefined {
  if (hasNoBody(exchange)) return onUnreachable(exchange, target, error);
  noteFailure(exchange, target, 'connect');
  if (!mayTryAgain(exchange, 'connect-failure')) return { code: 'upstream-connect-failed', error };
  tryAgain(exchange, target, 'connect-failure');
  return undefined;
}

/** Nothing was sent: the next address of the target, then the next target, then a retry. */
function onUnreachable(exchange: Exchange, target: Target, error: string): Refusal | undefined {
  exchange.error = error;
  exchange.addressesFailed += 1;
  if (exchange.addressesFailed < target.pool.addresses.count) return openConnection(exchange, target);
  noteFailure(exchange, target, 'connect');
  leaveTarget(exchange);
  exchange.triedTargets = [...exchange.triedTargets, target];
  const refusal = sendToNext(exchange);
  if (refusal?.code !== 'upstream-connect-failed' || !mayTryAgain(exchange, 'connect-failure')) return refusal;
  tryAgain(exchange, target, 'connect-failure');
  return undefined;
}

/** The time for the whole exchange is over: whose fault it was, if it is the target that is waited for. */
export function onGivenUp(exchange: Exchange): void {
  const { upstream, upstreamTarget: target, isRequestSent } = exchange;
  if (upstream === undefined || target === undefined) return;
  if (!upstream.isConnected) noteFailure(exchange, target, 'connect');
  else if (isRequestSent) noteFailure(exchange, target, 'timeout');
}

/** The reply had begun and will not end: its target's fault. */
export function onBrokenOff({ upstreamTarget }: Exchange, reason: TargetFailure): void {
  upstreamTarget?.metrics.countFailure(reason);
  upstreamTarget?.watch?.onBrokenOff();
}

/** No reply in time: a retry, or what is said instead. */
export function onReplyLate(exchange: Exchange, upstream: UpstreamConnection, refusal: Refusal): Refusal | undefined {
  const target = exchange.upstreamTarget;
  if (exchange.isReplyBegun && refusal.code === 'upstream-timeout') onBrokenOff(exchange, 'timeout');
  if (exchange.isReplyBegun || target === undefined) return refusal;
  exchange.upstream = undefined;
  upstream.destroy();
  return onNoReply(exchange, target, 'timeout') ? undefined : refusal;
}

/** True if it is tried again. */
function onNoReply(exchange: Exchange, target: Target, cause: 'reset' | 'timeout'): boolean {
  noteFailure(exchange, target, cause);
  if (!mayTryAgain(exchange, cause)) return false;
  tryAgain(exchange, target, cause);
  return true;
}

function noteFailure(exchange: Exchange, target: Target, reason: TargetFailure): void {
  target.metrics.countFailure(reason);
  measureFailure(exchange);
  const { isTrial } = exchange;
  exchange.isTrial = false;
  target.watch?.onFailure(reason === 'connect', isTrial);
}

// ---- retries

/** By the route's policy and the upstream's budget, out of which it is taken. */
export function mayTryAgain(exchange: Exchange, cause: RetryCause): boolean {
  const { route, worker, chosenUpstream, upstreamTarget } = exchange;
  const { retry } = route ?? {};
  if (retry === undefined || chosenUpstream === undefined || !retry.covers(cause)) return false;
  if (exchange.retries >= retry.retriesMax || !maySendAgain(exchange, cause)) return false;
  if (chosenUpstream.retryBudget.take(worker.timers.nowMs, retry.budgetPercent)) return true;
  if (upstreamTarget !== undefined) upstreamTarget.metrics.retryBudgetExhausted += 1;
  return false;
}

/** Nothing was sent yet, or the method allows it and no byte of the body is gone. */
function maySendAgain(exchange: Exchange, cause: RetryCause): boolean {
  if (exchange.attempts === 0) return true;
  if (exchange.streamedTerms !== undefined) return false;
  const { head, route, keptBody, isRequestSent } = exchange;
  const hasBody = hasNoBody(exchange) || (keptBody?.isLost === false && isRequestSent);
  return hasBody && (cause === 'connect-failure' || route?.retry?.coversMethod(head.method) === true);
}

/** After a delay, and at another target while there is one. */
export function tryAgain(exchange: Exchange, target: Target, cause: RetryCause): void {
  target.metrics.countRetry(cause);
  exchange.retries += 1;
  leaveTarget(exchange);
  if (!exchange.triedTargets.includes(target)) exchange.triedTargets = [...exchange.triedTargets, target];
  const delayMs = exchange.route?.retry?.delayMs(exchange.retries, Math.random()) ?? 0;
  const next = () => sendAgain(exchange);
  exchange.pause = new Pause(exchange, exchange.worker.timers, delayMs, next, () => undefined);
}

function sendAgain(exchange: Exchange): Refusal | undefined {
  const { triedTargets: tried } = exchange;
  const isLeft = exchange.chosenUpstream?.targets.some((one) => mayTake(one, tried));
  if (isLeft !== true) exchange.triedTargets = []; // all have had their turn: round again
  return sendToNext(exchange);
}

/** RFC 9110 section 9.2.2, and only without a body: what has been read of a body is gone. */
function mayBeSentTwice(exchange: Exchange): boolean {
  const { method } = exchange.head;
  return hasNoBody(exchange) && (method === 'GET' || idempotentMethods.has(method)); // most are GET, which costs no look-up
}

function hasNoBody({ head }: Exchange): boolean {
  return !head.isChunked && head.contentLength <= 0;
}
