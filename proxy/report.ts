// What a worker says of itself when the supervisor asks: plain numbers as JSON, taken at that moment. It refuses to
// gather anything on the way of a request; everything here is counted already.

import { briefOf } from './brief.ts';
import type { Worker } from './worker.ts';

export function reportOf(worker: Worker): string {
  const { metrics, connectionsOpen, isDraining } = worker;
  return JSON.stringify({
    exchanges_in_flight: metrics.exchangesInFlight,
    connections_open: connectionsOpen,
    is_draining: isDraining,
    brief: briefOf(worker),
  });
}
