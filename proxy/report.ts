// What a worker says of itself when the supervisor asks, and once more when it ends: its figures and how it is, as JSON,
// taken at that moment. The shaping decision: it is made in pieces, with the event loop let in between them, so that the
// report of ten thousand routes, some 50 ms of work, makes no request wait for more than a few of them. It refuses to
// gather anything on the way of a request; everything here is counted already.

import { setImmediate } from 'node:timers/promises';
import type { Family } from '#config/figures/family';
import { rowsThatMoved } from '#config/figures/merge';
import { adminLimits, supervisorLimits } from '#config/limits';
import { figureMakers } from './admin/figures.ts';
import { leftOutOf } from './left-out.ts';
import type { Worker } from './worker.ts';

export async function reportOf(worker: Worker): Promise<string> {
  const whole = await textOf(worker, (families) => families);
  if (whole.length <= supervisorLimits.reportCharactersMax) return whole;
  return await textOf(worker, rowsThatMoved); // of ten thousand routes most are asleep
}

async function textOf(worker: Worker, choose: (families: readonly Family[]) => readonly Family[]): Promise<string> {
  const { metrics, connectionsOpen, isDraining, refusalSample } = worker;
  const now = {
    exchanges_in_flight: metrics.exchangesInFlight,
    connections_open: connectionsOpen,
    is_draining: isDraining,
    refusals: refusalSample.seen,
    upstreams: leftOutOf(worker),
  };
  const parts: string[] = [];
  for (const make of figureMakers)
    for (const made of make(worker)) for (const family of choose([made])) parts.push(await familyText(family));
  return `${JSON.stringify(now).slice(0, -1)},"figures":[${parts.join(',')}]}`;
}

/** A family of very many rows in slices. */
async function familyText({ rows, ...described }: Family): Promise<string> {
  if (rows.length <= adminLimits.rowsAtOnce) return JSON.stringify({ ...described, rows });
  const slices: string[] = [];
  for (let from = 0; from < rows.length; from += adminLimits.rowsAtOnce) {
    await setImmediate();
    slices.push(JSON.stringify(rows.slice(from, from + adminLimits.rowsAtOnce)).slice(1, -1));
  }
  return `${JSON.stringify(described).slice(0, -1)},"rows":[${slices.join(',')}]}`;
}
