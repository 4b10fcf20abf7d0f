// One recorded request, explained: what came of it, which rules found what, how the score came about, and the narrowest
// way to let it pass, with what else that would let pass. A value for whoever prints it. It refuses to write anywhere.

import type { RuleSet } from '../engine.ts';
import type { StoredRequest } from '../store/stored-request.ts';
import { type Comparison, compare, summaryOf } from './compare.ts';
import { type Culprit, culpritsOf } from './culprits.ts';
import { type Evaluated, evaluate, standingOf } from './evaluate.ts';
import { type Asked, type LoadWith, type Narrowest, narrowest } from './narrow.ts';

export interface Explained {
  readonly request: ReturnType<typeof summaryOf> &
    Pick<StoredRequest, 'verdict' | 'status' | 'score' | 'route' | 'ruleId' | 'reason'>;
  readonly now: 'blocked' | 'detected' | 'passed'; // by the rules as they are
  readonly score: number | undefined; // now
  readonly threshold: number | undefined;
  readonly culprits: readonly Culprit[];
  readonly masked: readonly string[];
  readonly isBodyCut: boolean;
  readonly isReply: boolean; // what was refused was the reply, which is not recorded
  readonly exclusion: Proposal | undefined;
}

export type Proposal = Omit<Narrowest, 'ruleSet'> & { readonly proof: Comparison };

export interface Sources {
  readonly ruleSet: RuleSet;
  readonly loadWith: LoadWith;
  readonly recorded: () => Iterable<StoredRequest>;
}

export async function explainRequest(
  request: StoredRequest,
  { ruleSet, loadWith, recorded }: Sources,
  asked: Asked,
): Promise<Explained> {
  const evaluated = evaluate(ruleSet, request, true);
  const culprits = culpritsOf(evaluated.transaction, request);
  const isReply = (request.phase ?? 0) > 2;
  const wants = culprits.length > 0 && !isReply;
  const found = wants ? await narrowest(request, evaluated, asked, loadWith) : undefined;
  return {
    request: {
      ...summaryOf(request),
      verdict: request.verdict,
      status: request.status,
      score: request.score,
      route: request.route,
      ruleId: request.ruleId,
      reason: request.reason,
    },
    now: standingOf(evaluated),
    score: evaluated.transaction.verdict.score,
    threshold: thresholdOf(evaluated),
    culprits,
    masked: request.masked,
    isBodyCut: request.isBodyCut,
    isReply,
    exclusion: found === undefined ? undefined : proposal(found, ruleSet, recorded),
  };
}

function proposal({ ruleSet: after, ...rest }: Narrowest, before: RuleSet, recorded: Sources['recorded']): Proposal {
  return { ...rest, proof: compare(recorded(), before, after) };
}

function thresholdOf({ transaction }: Evaluated): number | undefined {
  const value = Number(transaction.state.tx.get('inbound_anomaly_score_threshold'));
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
