// The argument of an operator: a constant, or a text with macros in it that is put together at each call. The shaping
// decision: operators ask for the text and do not care which it is. Also here: the two shapes every operator is made of,
// a yes or no, and the answer with nothing captured.

import type { Macro, Operator, OperatorContext, OperatorMatch } from '../compile/rule-set.ts';

/** Reads phrase files by name, relative to the rule file that names them; byte strings. */
export interface DataFiles {
  read(name: string): string | undefined;
}

/** Why an operator cannot be made of its argument, for the author of the rule. */
export interface OperatorProblem {
  readonly problem: string;
}

export type MakeOperator = (argument: Macro, files: DataFiles) => Operator | OperatorProblem;

export const matchedNothingCaptured: OperatorMatch = { captures: [] };

/** The whole text if it has no macros. */
export function constantOf(argument: Macro): string | undefined {
  return argument.parts.every((part) => typeof part === 'string') ? argument.parts.join('') : undefined;
}

export function textOf(argument: Macro): (context: OperatorContext) => string {
  const constant = constantOf(argument);
  return constant === undefined ? (context) => context.expand(argument) : () => constant;
}

/** An operator that only says yes or no. */
export function yesOrNo(test: (value: string, context: OperatorContext) => boolean): Operator {
  return { match: (value, context) => (test(value, context) ? matchedNothingCaptured : undefined) };
}

/** An operator that needs its whole argument when it is made. */
export function fromConstant(make: (text: string, files: DataFiles) => Operator | OperatorProblem): MakeOperator {
  return (argument, files) => {
    const text = constantOf(argument);
    if (text === undefined) return { problem: 'the argument must not hold %{...}: it is read once, on load' };
    const made = make(text, files);
    return 'problem' in made ? made : { facts: { kind: 'value' }, ...made };
  };
}
