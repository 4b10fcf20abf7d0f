// Rules of a test and what the plan makes of them.

import type { Rule, RuleSet } from '../../../../agents/waf/compile/rule-set.ts';
import { atOnce } from '../../../../agents/waf/compile/slices.ts';
import { type Judged, judgedLinks } from '../../../../agents/waf/plan/judged.ts';
import { ruleSetOf } from '../support.ts';

export const rulesOf = (ruleSet: RuleSet, phase: 1 | 2 = 1): readonly Rule[] =>
  (ruleSet.phases[phase] ?? []).filter((step) => step.kind === 'rule');

export function ruleOf(text: string): Rule {
  const [rule] = rulesOf(ruleSetOf(text));
  if (rule === undefined) throw new Error('there is no rule of phase 1');
  return rule;
}

/** Of phases 1 and 2. */
export function judgedOf(ruleSet: RuleSet): Judged {
  const [requests] = atOnce(judgedLinks(ruleSet));
  if (requests === undefined) throw new Error('requests are judged first');
  return requests;
}
