// The plan of a set of rules: for each phase what is known of its rules before a request comes. Made when the rules are
// loaded, in steps, or beside the first requests, which are judged by the plain evaluator until it is there; where neither
// was begun, when it is first asked for.

import { setTimeout } from 'node:timers/promises';
import { wafPlanLimits } from '#config/limits-waf-plan';
import type { Phase, RuleSet, Step } from '../compile/rule-set.ts';
import { atOnce, inSlices } from '../compile/slices.ts';
import { placeAfter } from '../run/evaluate.ts';
import { type Slots, txSlotsOf } from '../run/tx-slots.ts';
import { gatesOf } from './gates.ts';
import { headerNamesRejection } from './header-names.ts';
import { judgedLinks } from './judged.ts';
import { type JudgedPhase, Judging } from './judgement.ts';
import { newBudget } from './known-values.ts';
import { type Passage, passagesOf } from './passages.ts';
import { chainEnd, chainRejection, type Quiet, quietRule } from './quiet.ts';
import { type Rejects, rejectionOf } from './reject.ts';

export interface PhasePlan {
  readonly steps: readonly Step[];
  readonly after: Int32Array; // by step: where to go on if its rule matches
  readonly variables: readonly (string | undefined)[]; // by step: the first that its rule looks at
  readonly isJudged: Uint8Array; // by step: by its values, once, when the first such rule has its turn
  readonly chainEnds: readonly (Rejects | undefined)[]; // by step: a chain whose second link is judged, where it ends there
  readonly quiet: readonly (Quiet | undefined)[]; // by step: the rule as a function
  readonly rejects: readonly (Rejects | undefined)[]; // by step
  readonly passages: readonly (Passage | undefined)[]; // by step
  readonly judging: Judging;
}

export type Plan = readonly (PhasePlan | undefined)[];

const plans = new WeakMap<RuleSet, Plan>();
const begun = new WeakMap<RuleSet, Generator<void, Plan>>(); // or soon to be, and not ended

export function planOf(ruleSet: RuleSet): Plan {
  return plans.get(ruleSet) ?? atOnce(begun.get(ruleSet) ?? planSteps(ruleSet));
}

/** Whether it is being made beside requests. */
export const isPlanAwaited = (ruleSet: RuleSet): boolean => begun.has(ruleSet);

/**
 * In slices that share the time with requests; settles when it is there, also where somebody could not wait for it.
 * `onLoad` is told where there are more requests than can be judged meanwhile. What they cost is counted in processor
 * time: on a machine with other work, waiting for a turn is none.
 */
export async function planBeside(ruleSet: RuleSet, onLoad: () => void = () => undefined): Promise<void> {
  const steps = planSteps(ruleSet);
  begun.set(ruleSet, steps);
  plans.delete(ruleSet); // of a set that has one it is made anew
  const { planDelayMs, planDelayStepMs, planPatienceMs } = wafPlanLimits;
  const since = cpuMs();
  for (let waitedMs = 0; waitedMs < planDelayMs && cpuMs() - since < planPatienceMs; waitedMs += planDelayStepMs)
    await setTimeout(planDelayStepMs, undefined, { ref: false });
  const ms = planPatienceMs - (cpuMs() - since);
  await inSlices(steps, { patience: { ms, onSpent: onLoad }, now: cpuMs });
}

/** Of this thread. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

export function* planSteps(ruleSet: RuleSet): Generator<void, Plan> {
  const plan: (PhasePlan | undefined)[] = [];
  const budget = newBudget();
  for (const judged of yield* judgedLinks(ruleSet)) {
    const phases = judged.phases.map((phase) => judgedPhase(phase, ruleSet.phases[phase] ?? []));
    const judging = new Judging(judged, phases, budget);
    for (const one of phases) plan[one.phase] = phasePlan(one, judging, txSlotsOf(ruleSet));
    yield;
  }
  plans.set(ruleSet, plan);
  begun.delete(ruleSet);
  return plan;
}

function judgedPhase(phase: Phase, steps: readonly Step[]): JudgedPhase {
  const after = Int32Array.from(steps, (step, at) =>
    step.kind === 'rule' && (step.skipAfter !== undefined || step.skip > 0) ? placeAfter(step, steps, at + 1) : at + 1,
  );
  return { phase, steps, after, gates: gatesOf(steps) };
}

function phasePlan({ phase, steps, after }: JudgedPhase, judging: Judging, slots: Slots): PhasePlan {
  const isJudged = new Uint8Array(steps.length);
  const chainEnds: (Rejects | undefined)[] = steps.map(() => undefined);
  for (const { phase: own, step, findFirst } of judging.links) {
    if (own !== phase) continue;
    isJudged[step] = 1;
    if (findFirst !== undefined) chainEnds[step] = chainEnd(findFirst);
  }
  const rejects = steps.map((step) => {
    const link = step.kind === 'rule' ? step.links[0] : undefined;
    if (link === undefined || step.kind === 'marker') return undefined;
    return headerNamesRejection(step) ?? chainRejection(step) ?? rejectionOf(link);
  });
  const quiet = steps.map((step) => (step.kind === 'rule' ? quietRule(step) : undefined));
  const variables = steps.map((step) => (step.kind === 'rule' ? step.links[0]?.targets[0]?.variable : undefined));
  const passages = passagesOf({ steps, after, quiet, rejects }, slots);
  return { steps, after, variables, isJudged, chainEnds, quiet, rejects, passages, judging };
}
