// Balancing by turns and by load: who is next, who has the least to do. None of these needs chance or remembers a request.

import type { Asker, Balancer, Candidate } from './balance.ts';
import { Roster } from './roster.ts';

/** Also `weighted`: weights count in every algorithm. */
export class RoundRobin<C extends Candidate> implements Balancer<C> {
  readonly #roster: Roster<C>;

  constructor(candidates: readonly C[]) {
    this.#roster = new Roster(candidates);
  }

  pick({ triedTargets }: Asker): C | undefined {
    return this.#roster.nextInTurn(triedTargets);
  }
}

/** The fewest in flight for its weight. On a quiet day everybody gets its share. */
export class LeastConnections<C extends Candidate> implements Balancer<C> {
  readonly #roster: Roster<C>;

  constructor(candidates: readonly C[]) {
    this.#roster = new Roster(candidates);
  }

  pick({ triedTargets }: Asker): C | undefined {
    return this.#roster.leastLoaded(triedTargets, 0);
  }
}

/**
 * As above with the request itself counted in, which is the time it has to expect ("shortest expected delay" of the Linux
 * Virtual Server). On a quiet day the strong get all of it: 4 beside 1 gets four in flight before the other gets one.
 */
export class WeightedLeastConnections<C extends Candidate> implements Balancer<C> {
  readonly #roster: Roster<C>;

  constructor(candidates: readonly C[]) {
    this.#roster = new Roster(candidates);
  }

  pick({ triedTargets }: Asker): C | undefined {
    return this.#roster.leastLoaded(triedTargets, 1);
  }
}
