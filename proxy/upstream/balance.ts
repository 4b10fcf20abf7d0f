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
  readonly weightNow: number; // what of it counts now: standing.ts
  isAvailable: boolean;
  weightFactor: number; // 0 to 1, of its weight: less while it starts slowly
  active: number; // exchanges
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
  return candidate.weightNow > 0 && !(tried.length > 0 && tried.includes(candidate));
}
