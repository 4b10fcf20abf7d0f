// The trunk: what happens to one request, in order. A phase returns nothing or a `Refusal`; only reply/ writes to the
// client; there is one exit (close-exchange.ts). READ THIS FIRST.
//
// Between the phases the exchange waits for others: for agents, for the upstream, for the client. Nothing here awaits on
// the way of a request that asks no agent, because a promise costs as much as matching a route (0.3 us).

import type { AskedRequest } from './agents/ask.ts';
import { closeExchange, leaveUpstream } from './close-exchange.ts';
import type { Exchange, ExchangeEvents } from './exchange.ts';
import { codeOfFault, type Fault } from './http1/faults.ts';
import { replyBuiltin } from './reply/builtin.ts';
import { replyRedirect } from './reply/redirect.ts';
import type { Refusal } from './reply/refusals.ts';
import { refuse } from './reply/refuse.ts';
import { relayBytes, relayEnd, relayMore, relayReply } from './reply/relay.ts';
import { boundBody } from './request/body.ts';
import { identifySender } from './request/identify.ts';
import { normalizeRequest } from './request/normalize.ts';
import { matchRoute } from './request/route.ts';
import { measureFailure } from './upstream/measure.ts';
import { onConnectionLost, sendMore, sendRequest, sendUpstream } from './upstream/send.ts';

export function handleExchange(exchange: Exchange): void {
  const refusal =
    identifySender(exchange) ??
    admitExchange(exchange) ??
    normalizeRequest(exchange) ??
    matchRoute(exchange) ??
    boundBody(exchange);
  if (refusal !== undefined) return refuse(exchange, refusal);
  if (exchange.route?.asksAgents !== true) return answer(exchange);
  askAgents(exchange).then(
    (verdict) => guard(exchange, () => (verdict === undefined ? answer(exchange) : refuse(exchange, verdict))),
    (error: unknown) => onMistake(exchange, error),
  );
}

/** What the route does with it: an answer of our own, or the upstream's, relayed by `onUpstreamHead` below. */
function answer(exchange: Exchange): void {
  if (exchange.isClosed) return; // while agents were asked
  if (exchange.chosenUpstream === undefined)
    return exchange.route?.redirect === undefined ? replyBuiltin(exchange) : replyRedirect(exchange);
  const refusal = sendUpstream(exchange);
  if (refusal !== undefined) refuse(exchange, refusal);
}

function admitExchange({ worker }: Exchange): Refusal | undefined {
  const isOver = worker.metrics.exchangesInFlight > worker.config.limits.maxInFlightRequests;
  return isOver ? { code: 'too-many-in-flight' } : undefined;
}

async function askAgents(exchange: Exchange): Promise<Refusal | undefined> {
  const verdict = await exchange.worker.agents.ask(exchange.route?.name ?? '', askedRequest(exchange));
  exchange.agentTrail = verdict.trail;
  switch (verdict.decision) {
    case 'allow':
      exchange.requestMutations = verdict.requestHeaders;
      exchange.responseMutations = verdict.responseHeaders;
      return undefined;
    case 'block': {
      const { status, body, headers, agent, reason } = verdict;
      const error = reason === undefined ? `agent ${agent}` : `agent ${agent}: ${reason}`;
      return { code: 'agent-blocked', error, answer: { status, body, headers } };
    }
    case 'unavailable':
      return { code: 'agent-unavailable', error: `agent ${verdict.agent}` };
  }
}

function askedRequest({ id, head, target, sender, host, route, chosenUpstream }: Exchange): AskedRequest {
  return {
    requestId: id,
    method: head.method,
    uri: target,
    headers: head.lines.list(),
    clientIp: sender.ip,
    clientPort: sender.port,
    host,
    protocol: head.protocol,
    routeId: route?.name ?? '',
    upstreamId: chosenUpstream?.name,
  };
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
  onClientDrained: relayMore,
  onUpstreamConnected: sendRequest,
  onUpstreamHead: relayReply,
  onUpstreamBytes: relayBytes,
  onUpstreamDrained: sendMore,
  onUpstreamTimeout,
  onUpstreamClosed,
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
  if (exchange.isRequestSent) measureFailure(exchange);
  refuse(exchange, { code: 'exchange-timeout' });
}

function onUpstreamTimeout(exchange: Exchange): void {
  const { upstream } = exchange;
  if (upstream === undefined) return;
  const refusal: Refusal | undefined = upstream.isConnected
    ? lateRefusal(exchange)
    : onConnectionLost(exchange, upstream, 'no connection in time');
  if (refusal !== undefined) refuse(exchange, refusal);
}

/** One deadline for whoever is waited for: the client to take, else the target to take or to give. */
function lateRefusal(exchange: Exchange): Refusal {
  const { isReplyBegun, client, isRequestSent } = exchange;
  if (isReplyBegun && client.outlet.isBackedUp) return { code: 'write-timeout' };
  measureFailure(exchange);
  return isReplyBegun || isRequestSent
    ? { code: 'upstream-timeout' }
    : { code: 'upstream-timeout', error: 'the target does not take the body' };
}

function onUpstreamClosed(exchange: Exchange, error: Error | undefined): void {
  const { upstream } = exchange;
  if (upstream === undefined) return;
  if (error === undefined && relayEnd(exchange, upstream)) return;
  const why = error?.message ?? 'the upstream closed the connection';
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
