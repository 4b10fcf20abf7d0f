// The one exit: every exchange ends here, exactly once, whatever happened, with one count and one access line, or a count
// of the line that its route leaves out.

import { writeAccessLine } from './access-log.ts';
import { closeInquiry } from './agents/log-phase.ts';
import type { Exchange } from './exchange.ts';

export function closeExchange(exchange: Exchange): void {
  if (exchange.isClosed) return;
  exchange.isClosed = true;
  const { worker, client, head, route, status, refusal, tunnel } = exchange;
  leaveUpstream(exchange);
  if (exchange.mirrorCopy !== undefined) exchange.mirrorCopy.close();
  if (exchange.transfer !== undefined) exchange.transfer.stop();
  if (exchange.isInRoute) route?.access?.leave(exchange);
  if (exchange.keptBody !== undefined) exchange.keptBody.drop();
  if (exchange.heldBody !== undefined) exchange.heldBody.drop();
  if (exchange.heldReply !== undefined) exchange.heldReply.close();
  const durationMs = endMs(exchange) - exchange.startedMs;
  const metrics = route?.metrics ?? worker.metrics.route('');
  metrics.count(head.method, status, (tunnel?.handshakeMs ?? durationMs) / 1000);
  if (refusal !== undefined) {
    metrics.countRefusal(refusal);
    worker.refusalSample.offer(exchange, worker.timers.nowMs);
  }
  if (tunnel === undefined) {
    metrics.requestBytes += client.body.bytesRead;
    metrics.responseBytes += exchange.bytesOut;
    worker.metrics.exchangesInFlight -= 1;
  } else tunnel.onOver(); // it has counted its bytes as they came, and left the exchanges in flight when it opened
  if (route === undefined || route.logsAll || isWorthALine(exchange)) writeAccessLine(exchange, durationMs);
  else metrics.linesSuppressed += 1;
  if (exchange.inquiry !== undefined || route?.agents !== undefined) closeInquiry(exchange, durationMs);
  worker.giveHead(head);
  client.release(exchange.keepsClient); // last: the next exchange may begin within
}

/** When what ended it came, which is a few microseconds ago; what we did ourselves is all that an answer of our own took. */
function endMs({ attempts, worker: { timers } }: Exchange): number {
  return attempts === 0 ? timers.refresh() : timers.nowMs;
}

/** On a route that does not log all: what went wrong, unless it logs nothing. */
function isWorthALine({ route, status, refusal, error }: Exchange): boolean {
  const isWrong = status >= 400 || refusal !== undefined || error !== undefined;
  return isWrong && route?.config.accessLog === 'errors';
}

/** Whatever the upstream is still doing for this exchange, nobody waits for it. */
export function leaveUpstream(exchange: Exchange): void {
  const { upstream } = exchange;
  exchange.upstream = undefined;
  upstream?.destroy();
  if (exchange.pause !== undefined) leavePause(exchange);
  leaveTarget(exchange);
}

function leavePause(exchange: Exchange): void {
  exchange.pause?.leave();
  exchange.pause = undefined;
}

export function leaveTarget(exchange: Exchange): void {
  if (!exchange.isAtTarget || exchange.upstreamTarget === undefined) return;
  exchange.isAtTarget = false;
  exchange.upstreamTarget.active -= 1;
  exchange.upstreamTarget.queuedTokens -= exchange.queuedTokens;
  if (!exchange.isTrial) return;
  exchange.isTrial = false; // it ended without an outcome
  exchange.upstreamTarget.watch?.onAbandoned();
}
