// What the head of a reply means beside being relayed: the target's latency, its standing, and, on routes that retry on
// its status, that the request is tried again instead. Judged before anything was sent to the client. The body of a reply
// that is given up is not waited for: what is not there yet costs its connection. It refuses to write to the client.

import type { Exchange } from '../exchange.ts';
import { frameBody } from '../reply/relay.ts';
import { mayTake } from './balance.ts';
import type { UpstreamConnection } from './connection.ts';
import { measureFailure, measureReply } from './measure.ts';
import type { Target } from './pick.ts';
import { mayTryAgain, tryAgain } from './send.ts';

/** A head has come; what follows it is `bytes[at, end)`. True if the exchange goes on with another attempt. */
export function isTriedAgain(exchange: Exchange, bytes: Buffer, at: number, end: number): boolean {
  const { upstream, upstreamTarget: target } = exchange;
  if (upstream === undefined || target === undefined) return false;
  const { status, fault } = upstream.head;
  if (fault === undefined && status < 200) return false; // the reply is still to come
  const durationMs = exchange.worker.timers.nowMs - exchange.sentAtMs;
  target.metrics.countLatency(durationMs / 1000);
  if (fault === undefined) measureReply(exchange, status);
  else onBadReply(exchange, target);
  if (target.watch !== undefined) {
    const { isTrial } = exchange;
    exchange.isTrial = false;
    if (fault === undefined) target.watch.onReply(status, durationMs, isTrial);
    else target.watch.onFailure(false, isTrial);
  }
  if (isRetried(exchange, upstream, target, bytes, at, end)) return true;
  exchange.keptBody?.drop(); // this is the reply
  return false;
}

function onBadReply(exchange: Exchange, target: Target): void {
  target.metrics.countFailure('bad-reply');
  measureFailure(exchange);
}

function isRetried(
  exchange: Exchange,
  upstream: UpstreamConnection,
  target: Target,
  bytes: Buffer,
  at: number,
  end: number,
): boolean {
  const { route, chosenUpstream } = exchange;
  const { status, fault } = upstream.head;
  if (route?.retry === undefined || fault !== undefined || !route.retry.coversStatus(status)) return false;
  if (chosenUpstream?.targets.some((one) => mayTake(one, noneTried)) !== true) return false; // this reply says more than a refusal
  if (!mayTryAgain(exchange, `${status}`)) return false;
  target.metrics.countFailure('status');
  giveUp(exchange, upstream, bytes, at, end);
  tryAgain(exchange, target, `${status}`);
  return true;
}

const noneTried: readonly Target[] = [];

function giveUp(exchange: Exchange, upstream: UpstreamConnection, bytes: Buffer, at: number, end: number): void {
  const { head, framing } = upstream;
  exchange.upstream = undefined;
  frameBody(exchange, head, framing);
  let index = at;
  while (index < end && !framing.isDone && framing.fault === undefined) index = framing.next(bytes, index, end);
  const isInStep = head.keepsAlive && framing.isDone && index === end && exchange.isRequestSent;
  if (isInStep) exchange.upstreamTarget?.pool.put(upstream);
  else upstream.destroy();
}
