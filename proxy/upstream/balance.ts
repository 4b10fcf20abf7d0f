// What the algorithms of balancing have in common: what they see of a target (`Candidate`), what they are told of the
// exchange (`Asker`), and when a target may be picked at all. The shaping decision: an algorithm is an object made once
// per upstream, with one question, `pick`, that makes no object; time, chance and the worker's place are handed in. It
// refuses to know connections and health: who is available is a field that others keep.

import type { HeaderLines } from '../http1/header-lines.ts';
import type { Meter } from './meter.ts';

export interface Candidate {
  readonly name: string;
  readonly weight: number; // 0: nothing new
  readonly zone: string | undefined;
  readonly meter: Meter;
  isAvailable: boolean;
  weightFactor: number; // 0 to 1, of its weight: less while it starts slowly
  active: number; // exchanges
  balance: number; // of the smooth round robin
  queuedTokens: number;
}

/** What a pick depends on; an exchange is one. */
export interface Asker {
  readonly path: string;
  readonly sender: { readonly ip: string; readonly scheme: string };
  readonly head: { readonly lines: HeaderLines; readonly contentLength: number; readonly isChunked: boolean };
  /** Targets that have been tried for it: none of them again. */
  readonly triedTargets: readonly Candidate[];
  /** What it adds to the queue of the target picked, where tokens count. */
  queuedTokens: number;
  /** A header line for the reply, where the client is to stick to the target picked. */
  stickyLine: string;
  /** A cookie led to the target picked. */
  staysAtTarget: boolean;
}

export interface Balancer<C extends Candidate> {
  /** `undefined`: none is available that has not been tried. */
  pick(asker: Asker): C | undefined;
}

/** What picks depend on besides targets and askers. */
export interface Surrounding {
  readonly chance: () => number;
  readonly nowMs: () => number; // of a clock that never goes back
  readonly wallMs: () => number; // the time that other hosts have too
  readonly zone: string | undefined; // where this host stands
  readonly worker: number; // from 1
  readonly host: string;
}

export function mayTake(candidate: Candidate, tried: readonly Candidate[]): boolean {
  return weightNow(candidate, tried) > 0;
}

/** 0: it may not be picked. */
export function weightNow(candidate: Candidate, tried: readonly Candidate[]): number {
  if (!candidate.isAvailable || (tried.length > 0 && tried.includes(candidate))) return 0;
  return candidate.weight * candidate.weightFactor;
}

/**
 * The next in turn among those that may, and have fewer than so many in flight for their weight. Each turn everybody gains
 * its weight and the richest pays the sum: weights 5, 1, 1 give a a b a c a a, never a a a a a b c.
 */
export function nextInTurn<C extends Candidate>(
  candidates: readonly C[],
  tried: readonly Candidate[],
  inFlightMax = Infinity,
): C | undefined {
  let best: C | undefined;
  let sum = 0;
  for (const candidate of candidates) {
    const weight = weightNow(candidate, tried);
    if (weight === 0 || candidate.active >= inFlightMax * weight) continue;
    sum += weight;
    candidate.balance += weight;
    if (best === undefined || candidate.balance > best.balance) best = candidate;
  }
  if (best !== undefined) best.balance -= sum;
  return best;
}

/** What a candidate's load is: its exchanges with so many more, or its tokens. A number, since a call for each costs as much as all else. */
export type Load = number | 'tokens';

let equals = new Int32Array(256); // places of those with the least load; picks never run inside each other

/** The one with the least load for its weight; among equals the next in turn, or the first would get all of a quiet day. */
export function leastLoaded<C extends Candidate>(
  candidates: readonly C[],
  tried: readonly Candidate[],
  kind: Load,
): C | undefined {
  if (equals.length < candidates.length) equals = new Int32Array(2 * candidates.length);
  let least = Infinity;
  let count = 0;
  for (let index = 0; index < candidates.length; index += 1) {
    const candidate = candidates[index] as C;
    const weight = weightNow(candidate, tried);
    if (weight === 0) continue;
    const load = kind === 'tokens' ? candidate.queuedTokens : candidate.active + kind;
    const forWeight = load / weight;
    if (forWeight > least) continue;
    if (forWeight < least) count = 0;
    least = forWeight;
    equals[count] = index;
    count += 1;
  }
  return nextOfEquals(candidates, count);
}

function nextOfEquals<C extends Candidate>(candidates: readonly C[], count: number): C | undefined {
  let best: C | undefined;
  let sum = 0;
  for (let place = 0; place < count; place += 1) {
    const candidate = candidates[equals[place] as number] as C;
    const weight = candidate.weight * candidate.weightFactor;
    sum += weight;
    candidate.balance += weight;
    if (best === undefined || candidate.balance > best.balance) best = candidate;
  }
  if (best !== undefined) best.balance -= sum;
  return best;
}
