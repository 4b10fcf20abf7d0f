// Rules as text, compiled; what is wrong with them as a person reads it.

import assert from 'node:assert/strict';
import { formatProblem } from '#config/report';
import { compileRules } from '../../../../agents/waf/compile/compile.ts';
import type { RuleFiles } from '../../../../agents/waf/compile/expand.ts';
import type { Rule, RuleSet } from '../../../../agents/waf/compile/rule-set.ts';

const nothing: RuleFiles = { read: () => undefined };

export const compile = (text: string, files = nothing) => compileRules([{ file: 'test.conf', text }], files);

/** The set that a text makes; its warnings are of no interest. */
export function setOf(text: string, files = nothing): RuleSet {
  const compiled = compile(text, files);
  assert(
    'ruleSet' in compiled,
    'problems' in compiled ? compiled.problems.map((one) => formatProblem(one)).join('\n') : '',
  );
  return compiled.ruleSet;
}

export function rulesOf(text: string, files = nothing): Rule[] {
  return setOf(text, files).phases.flatMap((phase) => phase.filter((step) => step.kind === 'rule'));
}

export function ruleOf(text: string, id = 1): Rule {
  const rule = rulesOf(text).find((one) => one.id === id);
  assert(rule !== undefined, `rule ${id}`);
  return rule;
}

/** `line:column what; hint` of each error, or of each warning where there is none. */
export function complaintsOf(text: string, files = nothing): string[] {
  const compiled = compile(text, files);
  const problems = 'problems' in compiled ? compiled.problems : compiled.warnings;
  const errors = problems.filter(({ severity }) => severity === 'error');
  return (errors.length > 0 ? errors : problems).map(
    ({ place, what, hint, code }) =>
      `${place?.line}:${place?.column} ${what} [${code}]${hint === undefined ? '' : `; ${hint}`}`,
  );
}
