// Operators by name, as a rule makes them: from an argument with `%{tx.name}` in it, asked for one value.

import assert from 'node:assert/strict';
import type { Macro, Operator } from '../../../../agents/waf/compile/rule-set.ts';
import type { DataFiles } from '../../../../agents/waf/operator/argument.ts';
import { makeOperator } from '../../../../agents/waf/operator/table.ts';
import { asciiLower } from '../../../../agents/waf/transform/bytes.ts';

type Texts = Readonly<Record<string, string>>;

export const filesOf = (texts: Texts): DataFiles => ({ read: (name) => texts[name] });

export function macroOf(source: string): Macro {
  const pieces = source.split(/%\{tx\.(\w+)\}/);
  const parts = pieces.map((piece, index) =>
    index % 2 === 0 ? piece : { collection: 'TX', key: piece, lowerKey: asciiLower(piece) },
  );
  return { source, parts: parts.filter((part) => part !== '') };
}

export const contextOf = (variables: Texts) => ({
  expand: ({ parts }: Macro): string =>
    parts.map((part) => (typeof part === 'string' ? part : (variables[part.key ?? ''] ?? ''))).join(''),
});

export function operatorOf(name: string, argument: string, texts: Texts = {}): Operator {
  const made = makeOperator(name, macroOf(argument), filesOf(texts));
  assert(!('problem' in made), 'problem' in made ? made.problem : '');
  return made;
}

export function problemOf(name: string, argument: string, texts: Texts = {}): string {
  const made = makeOperator(name, macroOf(argument), filesOf(texts));
  assert('problem' in made, `@${name} ${argument} is accepted`);
  return made.problem;
}

/** The test of one operator: does the value match? */
export function asked(name: string, argument: string, variables: Texts = {}): (value: string) => boolean {
  const operator = operatorOf(name, argument);
  const context = contextOf(variables);
  return (value) => operator.match(value, context, false) !== undefined;
}

export function capturesOf(name: string, argument: string, value: string, variables: Texts = {}) {
  return operatorOf(name, argument).match(value, contextOf(variables), true)?.captures;
}
