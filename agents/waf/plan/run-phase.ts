// The fast evaluator: the rules of a phase in their order, as evaluate.ts runs them, without those of which is known that
// they do not match. Those about what has arrived are judged together, once, when the first of them has its turn; those
// about single values are asked at their turn. Whatever may match is run by the plain evaluator, so a
// match is the same in every detail. An explained transaction is not run here.

import type { Phase, Rule } from '../compile/rule-set.ts';
import { hasEnded, isAllowed, isRemoved, runRule } from '../run/evaluate.ts';
import { RuleFault } from '../run/fault.ts';
import type { TransactionState } from '../run/state.ts';
import type { Batch } from './batch.ts';
import { type PhasePlan, planOf } from './plan.ts';
import type { Quiet } from './quiet.ts';
import type { Rejects } from './reject.ts';

export function runPlannedPhase(tx: TransactionState, phase: Phase): void {
  tx.phase = phase;
  tx.isPhaseAllowed = false;
  tx.matchedInChain = [];
  if (tx.engine === 'off' || isAllowed(tx, phase)) return;
  const plan = planOf(tx.ruleSet)[phase];
  if (plan !== undefined) runSteps(tx, phase, plan);
}

function runSteps(tx: TransactionState, phase: Phase, plan: PhasePlan): void {
  const { steps, after, isJudged, quiet, rejects } = plan;
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
    }
    const isMatch = quiet[step] !== undefined ? runQuietly(tx, rule, quiet[step]) : undefined;
    if (isMatch === undefined && rejects[step] !== undefined && isRejected(tx, rule, rejects[step])) continue;
    if (isMatch === false) continue;
    if (isMatch === undefined && !runRule(tx, rule)) {
      if (hasEnded(tx, phase)) return;
      continue;
    }
    if (hasEnded(tx, phase)) return;
    at = after[step] as number;
  }
}

/** Undefined where ctl has changed what the rule looks at: then it is run as always. */
function runQuietly(tx: TransactionState, rule: Rule, run: Quiet): boolean | undefined {
  if (tx.ruleRemovals.size > 0 && isRemoved(tx, rule)) return false;
  if (tx.targetRemovals.size > 0 && mayBeRemoved(tx, rule)) return undefined;
  return guarded(tx, rule, run);
}

function isRejected(tx: TransactionState, rule: Rule, rejects: Rejects): boolean {
  if (tx.ruleRemovals.size > 0 && isRemoved(tx, rule)) return true;
  if (tx.targetRemovals.size > 0 && mayBeRemoved(tx, rule)) return false;
  return guarded(tx, rule, rejects);
}

function mayBeRemoved(tx: TransactionState, { links }: Rule): boolean {
  const variable = links[0]?.targets[0]?.variable;
  for (const { target } of tx.targetRemovals) if (target.variable === variable) return true;
  return false;
}

function guarded(tx: TransactionState, rule: Rule, run: Quiet): boolean {
  try {
    return run(tx);
  } catch (error) {
    throw new RuleFault(rule.id, error);
  }
}
