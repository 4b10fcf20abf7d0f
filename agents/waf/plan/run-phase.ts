// The fast evaluator: the rules of a phase in their order, as evaluate.ts runs them, without those of which is known that
// they do not match. Those about what has arrived are judged together, once, when the first of them has its turn; those
// about single values are asked at their turn. Whatever may match is run by the plain evaluator, so a
// match is the same in every detail. An explained transaction is not run here.

import type { Phase, Rule } from '../compile/rule-set.ts';
import { hasEnded, isAllowed, isRemoved, runRule } from '../run/evaluate.ts';
import { faultOf } from '../run/fault.ts';
import type { TransactionState } from '../run/state.ts';
import type { Batch } from './batch.ts';
import { Marks } from './marks.ts';
import { type PhasePlan, planOf } from './plan.ts';

export function runPlannedPhase(tx: TransactionState, phase: Phase): void {
  tx.phase = phase;
  tx.isPhaseAllowed = false;
  tx.matchedInChain = [];
  if (tx.engine === 'off' || isAllowed(tx, phase)) return;
  const plan = planOf(tx.ruleSet)[phase];
  if (plan !== undefined) new PhaseRun(tx, phase, plan).run();
}

/** `undefined`: run it to know. */
type Outcome = boolean | undefined;

class PhaseRun {
  readonly #tx: TransactionState;
  readonly #phase: Phase;
  readonly #plan: PhasePlan;
  #step = 0;
  #batch: Batch | undefined; // once the first rule that is judged by value had its turn
  #marks: Marks | undefined;

  constructor(tx: TransactionState, phase: Phase, plan: PhasePlan) {
    this.#tx = tx;
    this.#phase = phase;
    this.#plan = plan;
  }

  run(): void {
    try {
      this.#runSteps();
    } catch (error) {
      throw faultOf(this.#currentId(), error);
    }
  }

  #runSteps(): void {
    const { steps, after, isJudged } = this.#plan;
    const tx = this.#tx;
    for (let at = 0; at < steps.length; ) {
      const rule = steps[at];
      const step = at;
      at += 1;
      if (rule === undefined || rule.kind === 'marker') continue;
      if (isJudged[step] === 1 && this.#cannotMatch(step)) continue;
      this.#step = step;
      const isMatch = this.#quickly(rule, step) ?? runRule(tx, rule);
      if (!isMatch && rule.links.length === 1) continue; // nothing has changed
      if (hasEnded(tx, this.#phase)) return;
      if (isMatch) at = after[step] as number;
    }
  }

  #cannotMatch(step: number): boolean {
    if (this.#batch === undefined || this.#marks === undefined) {
      this.#batch = this.#plan.batchFor(this.#tx);
      this.#marks = new Marks(this.#plan.steps.length);
      this.#batch.judge(this.#tx, this.#marks);
      this.#marks.asked = -1;
    }
    return this.#batch.covered[step] === 1 && !this.#marks.has(step);
  }

  /** Not where ctl has taken something away from what the rule looks at. */
  #quickly(rule: Rule, step: number): Outcome {
    const { quiet, rejects, variables } = this.#plan;
    const tx = this.#tx;
    const [run, reject] = [quiet[step], rejects[step]];
    if (run === undefined && reject === undefined) return undefined;
    if (tx.ruleRemovals.size > 0 && isRemoved(tx, rule)) return false;
    if (tx.targetRemovals.size > 0 && isTouched(tx, variables[step])) return undefined;
    if (run !== undefined) return run(tx);
    return reject?.(tx) === true ? false : undefined;
  }

  #currentId(): number {
    const asked = this.#marks?.asked ?? -1;
    const step = this.#plan.steps[asked === -1 ? this.#step : asked];
    return step?.kind === 'rule' ? step.id : 0;
  }
}

function isTouched(tx: TransactionState, variable: string | undefined): boolean {
  for (const { target } of tx.targetRemovals) if (target.variable === variable) return true;
  return false;
}
