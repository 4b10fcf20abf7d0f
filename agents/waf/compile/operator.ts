// The operator of a rule, made from its argument: its macros checked, its expression or phrases read. What an operator
// does is known to operator/ alone; here is said where it is wrong.

import { within } from '../lang/rule-file.ts';
import type { OperatorCall } from '../lang/tree.ts';
import { checkMacro, namesVariables } from './checked-macro.ts';
import type { Complaints } from './complaints.ts';
import { pathFrom, type RuleFiles } from './expand.ts';
import type { Leaves } from './leaves.ts';
import { compileExpression } from './regex.ts';
import type { Macro, Operator } from './rule-set.ts';

// `%{` can be meant as itself in these: it becomes a macro only if every name in it is a variable's.
const literalOperators = new Set([
  'rx',
  'rxglobal',
  'pm',
  'strmatch',
  'pmf',
  'pmfromfile',
  'verifycc',
  'verifyssn',
  'verifycpf',
  'verifysvnr',
  'rsub',
]);

// CRS holds them, and loads with a warning: the first two ask others while a client waits, behind switches that are off;
// the others are not written yet, and every rule set that uses them is told so.
export const idleOperators: Readonly<Record<string, string>> = {
  geolookup: 'no database of countries is read; let the proxy in front send the country in a header',
  detectsqli: 'the reader of SQL is not written yet: rules with @rx and @pm see the same values',
  detectxss: 'the reader of pages is not written yet: rules with @rx and @pm see the same values',
  rbl: 'nobody is asked about a client while it waits; use @ipMatchFromFile with a list that is kept fresh',
};

const neverMatches: Operator = { match: () => undefined };

export function compileOperator(
  call: OperatorCall,
  files: RuleFiles,
  leaves: Leaves,
  complaints: Complaints,
): Operator | undefined {
  const idle = idleOperators[call.name.toLowerCase()];
  if (idle !== undefined) {
    complaints.warn(call.place, `@${call.name} never matches here`, idle);
    return neverMatches;
  }
  const macro = macroOf(call, complaints);
  const read = (name: string) => files.read(pathFrom(call.place.file, name));
  const made = leaves.makeOperator(call.name, macro, { read });
  if (!('problem' in made)) return made;
  complain(call, made.problem, leaves, complaints);
  return undefined;
}

function macroOf({ name, argument, argumentPlace }: OperatorCall, complaints: Complaints): Macro {
  const isLiteral = literalOperators.has(name.toLowerCase()) && !namesVariables(argument);
  if (isLiteral) return { source: argument, parts: [argument] };
  return checkMacro(argument, complaints, (start, length) => within(argumentPlace, argument, start, length));
}

function complain(call: OperatorCall, problem: string, leaves: Leaves, complaints: Complaints): void {
  const { name, place, argument, argumentPlace } = call;
  const isKnown = leaves.operatorNames.some((known) => known.toLowerCase() === name.toLowerCase());
  if (!isKnown) return complainOfUnknown(call, leaves, complaints);
  if (!/^rx/i.test(name))
    return complaints.error(argument === '' ? place : argumentPlace, 'rule-bad-value', `@${name}: ${problem}`);
  const expression = compileExpression(argument);
  if ('test' in expression) return complaints.error(argumentPlace, 'rule-bad-value', `@${name}: ${problem}`);
  const at = within(argumentPlace, argument, expression.at, Math.min(12, argument.length - expression.at));
  complaints.error(at, 'rule-expression', expression.fault, expression.hint);
}

/** Not an operator of these: one of another engine, whose absence the leaf explains, or a misspelling. */
function complainOfUnknown({ name, place }: OperatorCall, leaves: Leaves, complaints: Complaints): void {
  const refused = Object.entries(leaves.refusedOperators).find(([known]) => known.toLowerCase() === name.toLowerCase());
  if (refused !== undefined)
    complaints.error(place, 'rule-not-supported', `the operator @${refused[0]} is not supported`, refused[1]);
  else
    complaints.unknown(
      place,
      'operator',
      `@${name}`,
      leaves.operatorNames.map((known) => `@${known}`),
    );
}
