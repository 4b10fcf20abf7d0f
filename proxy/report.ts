// What a worker says of itself when the supervisor asks, and once more when it ends: its figures and how it is, as JSON,
// taken at that moment. It refuses to gather anything on the way of a request; everything here is counted already.

import type { Family } from '#config/figures/family';
import { rowsThatMoved } from '#config/figures/merge';
import { supervisorLimits } from '#config/limits';
import { figuresOf } from './admin/figures.ts';
import { briefOf } from './brief.ts';
import type { Worker } from './worker.ts';

export function reportOf(worker: Worker): string {
  const figures = figuresOf(worker);
  const whole = textOf(worker, figures);
  if (whole.length <= supervisorLimits.reportCharactersMax) return whole;
  return textOf(worker, rowsThatMoved(figures)); // of ten thousand routes most are asleep
}

function textOf(worker: Worker, figures: readonly Family[]): string {
  const { metrics, connectionsOpen, isDraining, refusalSample } = worker;
  return JSON.stringify({
    exchanges_in_flight: metrics.exchangesInFlight,
    connections_open: connectionsOpen,
    is_draining: isDraining,
    refusals: refusalSample.seen,
    figures,
    brief: briefOf(worker),
  });
}
