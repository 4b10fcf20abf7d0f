// When a target is measured: as its reply begins, and as it fails to. Only where the upstream's algorithm asks for it;
// elsewhere it is one comparison. What a client does (leaving, sending slowly) is never held against a target.

import type { Exchange } from '../exchange.ts';

/** The head of the reply is there. A 5xx came quickly because nothing was done: no reason to send more. */
export function measureReply(exchange: Exchange, status: number): void {
  if (exchange.chosenUpstream?.measuredMs !== 0) measure(exchange, status < 500);
}

/** No reply will come: the connection was refused or lost, or a deadline has passed. */
export function measureFailure(exchange: Exchange): void {
  if (exchange.chosenUpstream?.measuredMs !== 0) measure(exchange, false);
}

function measure({ chosenUpstream, upstreamTarget, pickedMs, worker }: Exchange, isGood: boolean): void {
  if (chosenUpstream === undefined || upstreamTarget === undefined) return;
  const { nowMs } = worker.timers;
  upstreamTarget.meter.measure(nowMs - pickedMs, isGood, nowMs, chosenUpstream.measuredMs);
}
