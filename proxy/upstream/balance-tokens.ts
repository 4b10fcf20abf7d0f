// Balancing for inference servers, where requests differ a thousandfold in work: the target with the fewest tokens still to
// be answered, for its weight. What a request adds is estimated from what it says about itself, since a body is not read
// before its target is known: a header that the client or an agent in front has counted, else the length of the body.
// It refuses to guess how long a reply will be: that is not known before it ends.

import { pickLimits } from '#config/limits';
import type { UpstreamConfig } from '#config/schema';
import { headerOf } from '../request/cookies.ts';
import type { Asker, Balancer, Candidate } from './balance.ts';
import { Roster } from './roster.ts';

export class LeastTokens<C extends Candidate> implements Balancer<C> {
  readonly #roster: Roster<C>;
  readonly #estimate: (asker: Asker) => number;

  constructor(candidates: readonly C[], tokens: UpstreamConfig['tokens']) {
    this.#roster = new Roster(candidates);
    this.#estimate = estimateOf(tokens);
  }

  pick(asker: Asker): C | undefined {
    asker.queuedTokens = this.#estimate(asker);
    return this.#roster.leastLoaded(asker.triedTargets, 'tokens');
  }
}

function estimateOf({ header, bytesPerToken }: UpstreamConfig['tokens']): (asker: Asker) => number {
  const name = header === undefined ? undefined : Buffer.from(header.toLowerCase(), 'latin1');
  return ({ head }) => {
    const said = name === undefined ? undefined : headerOf(head.lines, name);
    if (said !== undefined && /^\d{1,9}$/.test(said)) return Math.min(Number(said), pickLimits.tokensMost);
    if (head.isChunked) return pickLimits.tokensOfUnknownBody;
    return Math.min(1 + Math.floor(Math.max(head.contentLength, 0) / bytesPerToken), pickLimits.tokensMost);
  };
}
