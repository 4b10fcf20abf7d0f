// Balancing over a part of the targets: those of our own zone (`locality-aware`), or as many as a worker needs
// (`deterministic-subset`). Within the part, by turns.

import type { Asker, Balancer, Candidate } from './balance.ts';
import { hashText, mix } from './hash.ts';
import { Roster } from './roster.ts';

/**
 * In our own zone as long as one there has room; then in others, as long as one there has; then in our own again: when
 * all are full, distance is only one more thing that costs.
 */
export class LocalityAware<C extends Candidate> implements Balancer<C> {
  readonly #near: Roster<C>;
  readonly #far: Roster<C>;
  readonly #inFlightMax: number;

  constructor(candidates: readonly C[], zone: string | undefined, inFlightMax: number) {
    this.#near = new Roster(candidates.filter((one) => one.zone === zone));
    this.#far = new Roster(candidates.filter((one) => one.zone !== zone));
    this.#inFlightMax = inFlightMax;
  }

  pick({ triedTargets }: Asker): C | undefined {
    return (
      this.#near.nextInTurn(triedTargets, this.#inFlightMax) ??
      this.#far.nextInTurn(triedTargets, this.#inFlightMax) ??
      this.#near.nextInTurn(triedTargets) ??
      this.#far.nextInTurn(triedTargets)
    );
  }
}

/**
 * The targets in an order that all workers of a host share, cut into parts; each worker begins at a part of its own and
 * takes the first `size` that are available. So all parts are used alike (the deterministic subsetting of "Site
 * Reliability Engineering", chapter 20), and one that is out is replaced by the next in the order. Other hosts have other
 * orders, by their names.
 */
export class DeterministicSubset<C extends Candidate> implements Balancer<C> {
  readonly #ordered: Roster<C>; // from where this worker begins
  readonly #size: number;

  constructor(candidates: readonly C[], size: number, worker: number, host: string) {
    const serving = candidates.filter(({ weight }) => weight > 0);
    const parts = Math.max(1, Math.floor(serving.length / size));
    const round = Math.floor((worker - 1) / parts);
    const shuffled = shuffle(serving, hashText(host, round));
    const start = size * ((worker - 1) % parts);
    this.#ordered = new Roster([...shuffled.slice(start), ...shuffled.slice(0, start)]);
    this.#size = size;
  }

  pick({ triedTargets }: Asker): C | undefined {
    return this.#ordered.nextOfFirst(this.#size, triedTargets);
  }
}

/** Fisher and Yates, with chance that the seed decides. */
function shuffle<T>(list: readonly T[], seed: number): T[] {
  const shuffled = [...list];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = mix(seed + last) % (last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}
