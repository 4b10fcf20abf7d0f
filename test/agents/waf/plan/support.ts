// Rules of a test and what the plan makes of them.

import type { Rule, RuleSet } from '../../../../agents/waf/compile/rule-set.ts';
import type { Judged } from '../../../../agents/waf/plan/judged.ts';
import type { Scanner } from '../../../../agents/waf/plan/scanner.ts';
import { ruleSetOf } from '../support.ts';

export const rulesOf = (ruleSet: RuleSet, phase: 1 | 2 = 1): readonly Rule[] =>
  (ruleSet.phases[phase] ?? []).filter((step) => step.kind === 'rule');

export function ruleOf(text: string): Rule {
  const [rule] = rulesOf(ruleSetOf(text));
  if (rule === undefined) throw new Error('there is no rule of phase 1');
  return rule;
}

/** Of phase 1. */
export function scannerOf({ scanners }: Judged): Scanner {
  const [, scanner] = scanners;
  if (scanner === undefined) throw new Error('there is no scanner');
  return scanner;
}
