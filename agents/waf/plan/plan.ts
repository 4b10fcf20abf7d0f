// The plan of a set of rules: for each phase what is known of its rules before a request comes. Made when the rules are
// loaded, in steps; where it was not, when it is first asked for.

import assert from 'node:assert/strict';
import { wafPlanLimits } from '#config/limits-waf-plan';
import type { Phase, RuleSet, Step } from '../compile/rule-set.ts';
import { atOnce } from '../compile/slices.ts';
import { placeAfter } from '../run/evaluate.ts';
import type { TransactionState } from '../run/state.ts';
import { Batch } from './batch.ts';
import { type Gates, gatesOf, reachable } from './gates.ts';
import { type Judged, type JudgedRule, judgedRules } from './judged.ts';
import { type MemoryBudget, newBudget } from './known-values.ts';
import { chainRejection, type Quiet, quietRule } from './quiet.ts';
import { type Rejects, rejectionOf } from './reject.ts';
import type { Scanner } from './scanner.ts';

export interface PhasePlan {
  readonly steps: readonly Step[];
  readonly after: Int32Array; // by step: where to go on if its rule matches
  readonly variables: readonly (string | undefined)[]; // by step: the first that its rule looks at
  readonly isJudged: Uint8Array; // by step: by its values, once, when the first such rule has its turn
  readonly quiet: readonly (Quiet | undefined)[]; // by step: the rule as a function
  readonly rejects: readonly (Rejects | undefined)[]; // by step
  batchFor(tx: TransactionState): Batch;
}

export type Plan = readonly PhasePlan[];

const plans = new WeakMap<RuleSet, Plan>();

export function planOf(ruleSet: RuleSet): Plan {
  return plans.get(ruleSet) ?? atOnce(planSteps(ruleSet));
}

export function* planSteps(ruleSet: RuleSet): Generator<void, Plan> {
  const judged = yield* judgedRules(ruleSet);
  const budget = newBudget();
  const plan = ruleSet.phases.map((steps, phase) => phasePlan(steps, judged, phase as Phase, budget));
  plans.set(ruleSet, plan);
  return plan;
}

function phasePlan(steps: readonly Step[], judged: Judged, phase: Phase, budget: MemoryBudget): PhasePlan {
  const gates = gatesOf(steps);
  const after = Int32Array.from(steps, (step, at) =>
    step.kind === 'rule' && (step.skipAfter !== undefined || step.skip > 0) ? placeAfter(step, steps, at + 1) : at + 1,
  );
  const rules = (judged.phases[phase] ?? []).filter(({ step }) => step >= gates.first);
  const isJudged = new Uint8Array(steps.length);
  for (const { step } of rules) isJudged[step] = 1;
  const rejects = steps.map((step) => {
    const link = step.kind === 'rule' ? step.links[0] : undefined;
    if (link === undefined || step.kind === 'marker') return undefined;
    return chainRejection(step) ?? rejectionOf(link);
  });
  const quiet = steps.map((step) => (step.kind === 'rule' ? quietRule(step) : undefined));
  const variables = steps.map((step) => (step.kind === 'rule' ? step.links[0]?.targets[0]?.variable : undefined));
  const scanner = judged.scanners[phase];
  assert(scanner !== undefined);
  const batches = new Batches({ steps, after, gates, rules, scanner, budget });
  return { steps, after, variables, isJudged, quiet, rejects, batchFor: (tx) => batches.for(tx) };
}

interface Making {
  readonly steps: readonly Step[];
  readonly after: Int32Array;
  readonly gates: Gates;
  readonly rules: readonly JudgedRule[];
  readonly scanner: Scanner;
  readonly budget: MemoryBudget;
}

/** One for each way through the gates; past a bound, one that judges every rule. */
class Batches {
  readonly #making: Making;
  readonly #known = new Map<string, Batch>();
  #whole: Batch | undefined;

  constructor(making: Making) {
    this.#making = making;
  }

  for(tx: TransactionState): Batch {
    const { gates } = this.#making;
    let name = '';
    for (const condition of gates.conditions) name += condition(tx) ? '1' : '0';
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (this.#known.size >= wafPlanLimits.profilesMax) {
      this.#whole ??= this.#make(this.#making.rules);
      return this.#whole;
    }
    const { steps, after, rules } = this.#making;
    const isReached = reachable(
      steps,
      after,
      gates,
      Array.from(name, (sign) => sign === '1'),
    );
    const made = this.#make(rules.filter(({ step }) => isReached[step] === 1));
    this.#known.set(name, made);
    return made;
  }

  #make(rules: readonly JudgedRule[]): Batch {
    const { steps, scanner, budget } = this.#making;
    return new Batch(rules, steps.length, scanner, budget);
  }
}
