// Targets of a rule, checked: the variable exists, takes a selector if one is given, and regular expressions are ready.
// A regular expression that selects is matched without regard to case, as names of arguments are (ModSecurity 2.9,
// PCRE_CASELESS in msre_create_var_ex).

import { wafLangLimits } from '#config/limits-waf-lang';
import { parseXmlPath } from '../body/xpath.ts';
import { printTarget } from '../lang/print.ts';
import { within } from '../lang/rule-file.ts';
import type { Selector, Target } from '../lang/tree.ts';
import type { Complaints } from './complaints.ts';
import { compileExpression, type Expression } from './regex.ts';
import type { CompiledTarget } from './rule-set.ts';
import { refusedVariables, variables } from './variables.ts';

export function compileTargets(targets: readonly Target[], complaints: Complaints): CompiledTarget[] {
  return targets.map((target) => compileTarget(target, complaints)).filter((target) => target !== undefined);
}

export function compileTarget(target: Target, complaints: Complaints): CompiledTarget | undefined {
  if (!isKnown(target, complaints) || !takesSelector(target, complaints)) return undefined;
  const { variable, isCount, isExcluded, selector } = target;
  const text = printTarget(target);
  if (selector?.kind === 'xpath' && !isPath(target, selector.path, complaints)) return undefined;
  if (selector?.kind !== 'regex') return { variable, isCount, isExcluded, selector, matches: undefined, text };
  const expression = compileExpression(selector.source, { foldsCase: true });
  if ('test' in expression)
    return { variable, isCount, isExcluded, selector, matches: matcherOf(variable, expression), text };
  complaints.error(
    placeOfSelector(target, selector, expression.at),
    'rule-expression',
    expression.fault,
    expression.hint,
  );
  return undefined;
}

/** Names of TX are rules' own for the most part, and asked for again in every transaction: answers are kept. */
function matcherOf(variable: string, expression: Expression): (key: string) => boolean {
  if (variable !== 'TX') return (key) => expression.test(key);
  const known = new Map<string, boolean>();
  return (key) => {
    const answer = known.get(key);
    if (answer !== undefined) return answer;
    const made = expression.test(key);
    if (known.size >= wafLangLimits.namesKeptMax) known.clear();
    if (key.length <= wafLangLimits.nameKeptBytesMax) known.set(key, made);
    return made;
  };
}

function isPath({ place }: Target, path: string, complaints: Complaints): boolean {
  const parsed = parseXmlPath(path);
  if (!('problem' in parsed)) return true;
  complaints.error(
    place,
    'rule-not-supported',
    parsed.problem,
    'paths look like /*, //@*, /a/b, //item/@id or //item/text()',
  );
  return false;
}

function placeOfSelector(target: Target, { source }: Selector & { kind: 'regex' }, at: number) {
  const text = printTarget(target);
  const start = text.indexOf(source);
  return start === -1 ? target.place : within(target.place, text, start + at, Math.max(1, source.length - at));
}

function isKnown(target: Target, complaints: Complaints): boolean {
  const { variable, place } = target;
  if (variable === 'GEO')
    complaints.warn(
      place,
      'GEO is always empty',
      'no database of countries is read; look at a header that the proxy in front sets',
    );
  if (Object.hasOwn(variables, variable)) return true;
  const start = target.isCount || target.isExcluded ? 1 : 0;
  const at = within(place, printTarget(target), start, variable.length);
  const refusal = refusalOf(variable);
  if (refusal === undefined) complaints.unknown(at, 'variable', variable, Object.keys(variables));
  else complaints.error(at, 'rule-not-supported', `the variable ${variable} is not supported`, refusal);
  return false;
}

export function refusalOf(variable: string): string | undefined {
  return Object.hasOwn(refusedVariables, variable) ? refusedVariables[variable] : undefined;
}

function takesSelector({ variable, selector, place, isCount }: Target, complaints: Complaints): boolean {
  const kind = variables[variable]?.kind;
  if (kind === 'one' && selector !== undefined) {
    complaints.error(
      place,
      'rule-bad-value',
      `${variable} is one value and has no parts to choose from`,
      `write ${isCount ? '&' : ''}${variable}`,
    );
    return false;
  }
  return true;
}
