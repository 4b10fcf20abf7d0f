// The fast evaluator: the rules of a phase in their order, as evaluate.ts runs them, without those of which is known that
// they do not match. Those about what has arrived are judged together, once, when the first of them has its turn; those
// about single values are asked at their turn. Whatever may match is run by the plain evaluator, so a
// match is the same in every detail. An explained transaction is not run here.

import type { Phase, Rule } from '../compile/rule-set.ts';
import { hasEnded, isAllowed, isRemoved, runRule } from '../run/evaluate.ts';
import { faultOf } from '../run/fault.ts';
import type { TransactionState } from '../run/state.ts';
import { Judgement } from './judgement.ts';
import { type PhasePlan, planOf } from './plan.ts';
import type { Quiet } from './quiet.ts';
import type { Rejects } from './reject.ts';

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
  #judgement: Judgement | undefined; // once the first rule that is judged by value had its turn
  #units: Int32Array | undefined;
  #idle: Int32Array | undefined;
  #marked: readonly number[] = []; // steps
  #nextMarked = 0;

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
    const { steps, after, isJudged, passages } = this.#plan;
    const tx = this.#tx;
    for (let at = 0; at < steps.length; ) {
      if (this.#idle !== undefined) at = this.#pastIdle(at, this.#idle);
      const passage = passages[at];
      if (passage !== undefined && this.#isWhole()) at = passage.follow(tx);
      const rule = steps[at];
      const step = at;
      at += 1;
      if (rule === undefined || rule.kind === 'marker') continue;
      const unit = isJudged[step] === 1 ? this.#unitOf(step) : -1;
      this.#step = step;
      const isMatch = unit === -1 ? this.#run(rule, step) : this.#runJudged(rule, step, unit);
      if (!isMatch && rule.links.length === 1) continue; // nothing has changed
      if (hasEnded(tx, this.#phase)) return;
      if (isMatch) at = after[step] as number;
    }
  }

  /** Past judged rules that have no mark. */
  #pastIdle(at: number, idle: Int32Array): number {
    const past = idle[at] as number;
    if (past === at) return at;
    while ((this.#marked[this.#nextMarked] as number) < at) this.#nextMarked += 1;
    return Math.min(past, this.#marked[this.#nextMarked] as number);
  }

  /** Whether ctl has taken away nothing that concerns rules about TX. */
  #isWhole(): boolean {
    const tx = this.#tx;
    if (tx.ruleRemovals.size > 0) return false;
    return tx.targetRemovals.size === 0 || !isTouched(tx, 'TX');
  }

  /** What is judged here, or -1 where this way does not come along. */
  #unitOf(step: number): number {
    this.#units ??= this.#judgeOnce();
    return this.#units[step] as number;
  }

  #judgeOnce(): Int32Array {
    const judgement = this.#plan.judging.judge(this.#tx, this.#phase);
    const { way, marks } = judgement;
    this.#judgement = judgement;
    this.#idle = way.idleOf(this.#phase);
    this.#marked = way.markedSteps(marks, this.#phase);
    return way.unitsOf(this.#phase);
  }

  #runJudged(rule: Rule, step: number, unit: number): boolean {
    const marks = (this.#judgement as Judgement).marks;
    const end = this.#plan.chainEnds[step];
    if (marks.has(unit)) {
      const only = end === undefined ? marks.valuesOf(unit) : undefined;
      return this.#quickly(rule, step) ?? runRule(this.#tx, rule, only);
    }
    return end === undefined ? false : (this.#unlessTouched(rule, step, undefined, end) ?? runRule(this.#tx, rule));
  }

  #run(rule: Rule, step: number): boolean {
    return this.#quickly(rule, step) ?? runRule(this.#tx, rule);
  }

  #quickly(rule: Rule, step: number): Outcome {
    return this.#unlessTouched(rule, step, this.#plan.quiet[step], this.#plan.rejects[step]);
  }

  /** Not where ctl has taken something away from what the rule looks at. */
  #unlessTouched(rule: Rule, step: number, run: Quiet | undefined, reject: Rejects | undefined): Outcome {
    const { variables } = this.#plan;
    const tx = this.#tx;
    if (run === undefined && reject === undefined) return undefined;
    if (tx.ruleRemovals.size > 0 && isRemoved(tx, rule)) return false;
    if (tx.targetRemovals.size > 0 && isTouched(tx, variables[step])) return undefined;
    if (run !== undefined) return run(tx);
    return reject?.(tx) === true ? false : undefined;
  }

  #currentId(): number {
    const { links } = this.#plan.judging;
    const { judgement } = this.#tx;
    const asked = judgement instanceof Judgement ? judgement.marks.asked : -1;
    if (asked !== -1) return links.find(({ unit }) => unit === asked)?.rule.id ?? 0;
    const step = this.#plan.steps[this.#step];
    return step?.kind === 'rule' ? step.id : 0;
  }
}

function isTouched(tx: TransactionState, variable: string | undefined): boolean {
  for (const { target } of tx.targetRemovals) if (target.variable === variable) return true;
  return false;
}
