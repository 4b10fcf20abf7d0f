// The fast evaluator: the rules of a phase in their order, as evaluate.ts runs them, without those of which is known that
// they do not match. Those about what has arrived are judged together, once, when the first of them has its turn; those
// about single values are asked at their turn. Whatever may match is run by the plain evaluator, so a
// match is the same in every detail. An explained transaction is not run here.

import type { Phase } from '../compile/rule-set.ts';
import { hasEnded, isAllowed, runRule } from '../run/evaluate.ts';
import type { TransactionState } from '../run/state.ts';
import type { Batch } from './batch.ts';
import { type PhasePlan, planOf } from './plan.ts';

export function runPlannedPhase(tx: TransactionState, phase: Phase): void {
  tx.phase = phase;
  tx.isPhaseAllowed = false;
  tx.matchedInChain = [];
  if (tx.engine === 'off' || isAllowed(tx, phase)) return;
  const plan = planOf(tx.ruleSet)[phase];
  if (plan !== undefined) runSteps(tx, phase, plan);
}

function runSteps(tx: TransactionState, phase: Phase, plan: PhasePlan): void {
  const { steps, after, isJudged, rejects } = plan;
  let batch: Batch | undefined;
  let marks: Uint8Array | undefined;
  for (let at = 0; at < steps.length; ) {
    const rule = steps[at];
    const step = at;
    at += 1;
    if (rule === undefined || rule.kind === 'marker') continue;
    if (isJudged[step] === 1) {
      if (batch === undefined || marks === undefined) {
        batch = plan.batchFor(tx);
        marks = new Uint8Array(steps.length);
        batch.judge(tx, marks);
      }
      if (batch.covered[step] === 1 && marks[step] === 0) continue;
    } else if (rejects[step]?.(tx) === true) continue;
    const isMatch = runRule(tx, rule);
    if (hasEnded(tx, phase)) return;
    if (isMatch) at = after[step] as number;
  }
}
