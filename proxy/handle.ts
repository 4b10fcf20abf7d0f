// The trunk: what happens to one request, in order. A phase returns nothing or a `Refusal`; only reply/ writes to the
// client; there is one exit (close-exchange.ts). READ THIS FIRST.
//
// Between the phases the exchange waits for others: for agents, for the upstream, for the client. Nothing here awaits on
// the usual way of a request, because a promise costs as much as matching a route (0.3 us).

import type { RoutePlan } from './agents/plan.ts';
import { askAboutReplyHead, asksAboutReply, replyBodyTerms } from './agents/reply-phase.ts';
import { askAboutRequest } from './agents/request-phase.ts';
import { closeExchange, leaveUpstream } from './close-exchange.ts';
import type { Exchange, ExchangeEvents } from './exchange.ts';
import { codeOfFault, type Fault } from './http1/faults.ts';
import { replyBuiltin } from './reply/builtin.ts';
import { replyPreflight } from './reply/preflight.ts';
import { replyRedirect } from './reply/redirect.ts';
import type { Refusal } from './reply/refusals.ts';
import { refuse } from './reply/refuse.ts';
import { relayBytes, relayEnd, relayMore, relayReply } from './reply/relay.ts';
import { replyStatic } from './reply/static-reply.ts';
import type { RouteAccess } from './request/access.ts';
import { boundBody } from './request/body.ts';
import { identifySender } from './request/identify.ts';
import { normalizeRequest } from './request/normalize.ts';
import { matchRoute } from './request/route.ts';
import { admitUpgrade } from './request/upgrade.ts';
import type { UpstreamConnection } from './upstream/connection.ts';
import { isTriedAgain } from './upstream/retry-reply.ts';
import {
  onBrokenOff,
  onConnectionLost,
  onGivenUp,
  onReplyLate,
  sendMore,
  sendRequest,
  sendUpstream,
} from './upstream/send.ts';

export function handleExchange(exchange: Exchange): void {
  const refusal =
    identifySender(exchange) ??
    admitExchange(exchange) ??
    normalizeRequest(exchange) ??
    matchRoute(exchange) ??
    boundBody(exchange) ??
    admitUpgrade(exchange);
  if (refusal !== undefined) return refuse(exchange, refusal);
  if (exchange.route?.access !== undefined) return checkAccess(exchange, exchange.route.access);
  askOrAnswer(exchange);
}

/** Lists, rates, passwords: what some routes ask of a client. Some of it takes time. */
function checkAccess(exchange: Exchange, access: RouteAccess): void {
  const verdict = access.check(exchange);
  const goOn = (refusal: Refusal | undefined) =>
    refusal === undefined ? askOrAnswer(exchange) : refuse(exchange, refusal);
  if (!(verdict instanceof Promise)) return goOn(verdict);
  verdict.then(
    (refusal) => guard(exchange, () => goOn(refusal)),
    (error: unknown) => onMistake(exchange, error),
  );
}

function askOrAnswer(exchange: Exchange): void {
  if (exchange.isClosed) return; // while it waited
  const { agents } = exchange.route ?? {};
  if (agents === undefined) answer(exchange);
  else askAboutRequest(exchange, agents, onAsked);
}

/** All agents have been asked about the request. */
function onAsked(exchange: Exchange, refusal: Refusal | undefined): void {
  exchange.worker.timers.refresh();
  try {
    if (refusal === undefined) answer(exchange);
    else refuse(exchange, refusal);
  } catch (error) {
    onMistake(exchange, error);
  }
}

/** What the route does with it: an answer of our own, or the upstream's, relayed by `onUpstreamHead` below. */
function answer(exchange: Exchange): void {
  if (exchange.isClosed) return; // while agents were asked
  if (exchange.isPreflight) return replyPreflight(exchange);
  if (exchange.chosenUpstream === undefined) return answerHere(exchange);
  const refusal = sendUpstream(exchange);
  if (refusal !== undefined) refuse(exchange, refusal);
}

function answerHere(exchange: Exchange): void {
  if (exchange.route?.files !== undefined) return replyStatic(exchange);
  if (exchange.route?.redirect !== undefined) return replyRedirect(exchange);
  replyBuiltin(exchange);
}

function admitExchange({ worker, client, sender }: Exchange): Refusal | undefined {
  if (worker.metrics.exchangesInFlight > worker.config.limits.maxInFlightRequests)
    return { code: 'too-many-in-flight' };
  if (worker.listenerLists.size === 0 || worker.listenerLists.get(client.listenerName)?.admits(sender.ip) !== false)
    return undefined;
  return { code: 'address-denied', error: 'by the listener' };
}

/** What comes from outside, and which phase it belongs to. */
export const events: ExchangeEvents = {
  onRequest: handleExchange,
  onFaultyHead: (exchange, fault) => refuse(exchange, refusalOf(fault)),
  onHeadTimeout: (exchange) => refuse(exchange, { code: 'header-timeout' }),
  onFaultyBody: (exchange, fault) => refuse(exchange, refusalOf(fault)),
  onBodyTimeout: (exchange) => refuse(exchange, { code: 'body-timeout' }),
  onBodyTooLarge: (exchange) =>
    refuse(exchange, { code: 'body-too-large', error: `over ${exchange.bodyBytesMax} bytes` }),
  onExchangeTimeout,
  onClientGone,
  onClientDrained: (exchange) => (exchange.transfer === undefined ? relayMore(exchange) : exchange.transfer.sendMore()),
  onUpstreamConnected: sendRequest,
  onUpstreamHead,
  onUpstreamBytes: relayBytes,
  onUpstreamDrained: sendMore,
  onUpstreamTimeout,
  onUpstreamClosed,
  onPauseOver,
  onMistake,
};

function refusalOf(fault: Fault): Refusal {
  return { code: codeOfFault(fault), error: fault };
}

/** 499 as in nginx: the client left before there was anything to answer. */
function onClientGone(exchange: Exchange): void {
  leaveUpstream(exchange);
  if (!exchange.isReplyBegun) exchange.status = 499;
  exchange.error = 'client-closed';
  exchange.keepsClient = false;
  closeExchange(exchange);
}

/** A reply that has begun is bounded by how it gets on, not by its length: event streams and large files take hours. */
function onExchangeTimeout(exchange: Exchange): void {
  if (exchange.isReplyBegun) return;
  onGivenUp(exchange);
  refuse(exchange, { code: 'exchange-timeout' });
}

/** A reply that is the last, and one that is not faulty, is relayed. */
function onUpstreamHead(exchange: Exchange, bytes: Buffer, at: number, end: number): void {
  if (isTriedAgain(exchange, bytes, at, end)) return;
  const { upstream, askedPlan = exchange.route?.agents } = exchange;
  if (askedPlan === undefined || upstream === undefined || !asksAboutReply(askedPlan, upstream))
    return relayReply(exchange, bytes, at, end);
  const moved = upstream.head.keep(end); // it is written when they have answered, and what came with it goes behind it
  const { bytes: kept } = upstream.head;
  askAboutReply(exchange, askedPlan, upstream, () => relayReply(exchange, kept, at - moved, end - moved));
}

/** The upstream is not read meanwhile. */
function askAboutReply(exchange: Exchange, plan: RoutePlan, upstream: UpstreamConnection, relay: () => void): void {
  exchange.heldReply?.close();
  exchange.heldReply = undefined;
  exchange.replyTerms = undefined;
  upstream.deadline.clear();
  upstream.pause();
  const goOn = (refusal: Refusal | undefined) => {
    if (exchange.isClosed || exchange.upstream !== upstream) return;
    if (refusal !== undefined) return refuse(exchange, refusal);
    exchange.replyTerms = replyBodyTerms(plan, upstream);
    upstream.resume();
    relay();
  };
  askAboutReplyHead(exchange, plan, upstream).then(
    (refusal) => guard(exchange, () => goOn(refusal)),
    (error: unknown) => onMistake(exchange, error),
  );
}

function onPauseOver(exchange: Exchange): void {
  const { pause } = exchange;
  exchange.pause = undefined;
  const refusal = pause?.next();
  if (refusal !== undefined) refuse(exchange, refusal);
}

function onUpstreamTimeout(exchange: Exchange): void {
  const { upstream } = exchange;
  if (upstream === undefined) return;
  const refusal: Refusal | undefined = upstream.isConnected
    ? onReplyLate(exchange, upstream, lateRefusal(exchange))
    : onConnectionLost(exchange, upstream, 'no connection in time');
  if (refusal !== undefined) refuse(exchange, refusal);
}

/** One deadline for whoever is waited for: the client to take, else the target to take or to give. */
function lateRefusal({ isReplyBegun, client, isRequestSent }: Exchange): Refusal {
  if (isReplyBegun && client.outlet.isBackedUp) return { code: 'write-timeout' };
  return isReplyBegun || isRequestSent
    ? { code: 'upstream-timeout' }
    : { code: 'upstream-timeout', error: 'the target does not take the body' };
}

function onUpstreamClosed(exchange: Exchange, error: Error | undefined): void {
  const { upstream } = exchange;
  if (upstream === undefined) return;
  if (error === undefined && relayEnd(exchange, upstream)) return;
  const why = error?.message ?? 'the upstream closed the connection';
  if (exchange.isReplyBegun) onBrokenOff(exchange, 'reset');
  const refusal: Refusal | undefined = exchange.isReplyBegun
    ? { code: 'upstream-closed', error: why }
    : onConnectionLost(exchange, upstream, why);
  if (refusal !== undefined) refuse(exchange, refusal);
}

/** A mistake of ours costs this exchange, and leaves its stack in the log. */
function onMistake(exchange: Exchange, error: unknown): void {
  exchange.worker.log.error('internal-error', {
    request_id: exchange.id,
    error: error instanceof Error ? error.stack : String(error),
  });
  refuse(exchange, { code: 'internal' });
}

function guard(exchange: Exchange, run: () => void): void {
  exchange.worker.timers.refresh();
  try {
    run();
  } catch (error) {
    onMistake(exchange, error);
  }
}
