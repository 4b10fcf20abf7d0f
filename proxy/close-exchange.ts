// The one exit: every exchange ends here, exactly once, whatever happened, with one count and one access line, or a count
// of the line that its route leaves out.

import { writeAccessLine } from './access-log.ts';
import type { Exchange } from './exchange.ts';

export function closeExchange(exchange: Exchange): void {
  if (exchange.isClosed) return;
  exchange.isClosed = true;
  const { worker, client, head, route, status, refusal } = exchange;
  leaveUpstream(exchange);
  exchange.mirrorCopy?.close();
  const durationMs = worker.timers.refresh() - exchange.startedMs;
  const metrics = route?.metrics ?? worker.metrics.route('');
  metrics.count(head.method, status, durationMs / 1000);
  metrics.requestBytes += client.body.bytesRead;
  metrics.responseBytes += exchange.bytesOut;
  if (refusal !== undefined) metrics.countRefusal(refusal);
  worker.metrics.exchangesInFlight -= 1;
  if (route === undefined || route.logsAll || isWorthALine(exchange)) writeAccessLine(exchange, durationMs);
  else metrics.linesSuppressed += 1;
  worker.giveHead(head);
  client.release(exchange.keepsClient); // last: the next exchange may begin within
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
  leaveTarget(exchange);
}

export function leaveTarget(exchange: Exchange): void {
  if (!exchange.isAtTarget || exchange.upstreamTarget === undefined) return;
  exchange.isAtTarget = false;
  exchange.upstreamTarget.active -= 1;
  exchange.upstreamTarget.queuedTokens -= exchange.queuedTokens;
}
