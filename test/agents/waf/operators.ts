// Operators as a rule has them: made by name from a written argument, asked for a value.

import assert from 'node:assert/strict';
import type { Operator, VariableName } from '../../../agents/waf/compile/rule-set.ts';
import { makeOperator } from '../../../agents/waf/operator/table.ts';

const files: Readonly<Record<string, string>> = {
  'words.data': '# a comment\n\n  Union Select \r\nb|41 42|c\na\\\\b\n',
  'nets.data': '10.0.0.0/8 # inside\n\n2001:db8::/32\n',
  'empty.data': '# nothing\n',
};

/** `%{name}` in an argument stands for what `variables` has. */
export function made(name: string, argument: string): Operator | { problem: string } {
  const parts = argument.split(/(%\{[^}]*\})/).filter((part) => part !== '');
  const macro = { source: argument, parts: parts.map((part) => (part.startsWith('%{') ? variable(part) : part)) };
  return makeOperator(name, macro, { read: (file) => files[file] });
}

const variable = (text: string): VariableName => ({ collection: 'TX', key: text.slice(2, -1) });

export function captures(
  name: string,
  argument: string,
  value: string,
  variables: Readonly<Record<string, string>> = {},
) {
  const operator = made(name, argument);
  assert(!('problem' in operator), 'problem' in operator ? operator.problem : '');
  const expand = (macro: { parts: readonly (string | VariableName)[] }): string =>
    macro.parts.map((part) => (typeof part === 'string' ? part : (variables[part.key ?? ''] ?? ''))).join('');
  return operator.match(value, { expand }, true)?.captures;
}

export function matches(
  name: string,
  argument: string,
  value: string,
  variables: Readonly<Record<string, string>> = {},
): boolean {
  return captures(name, argument, value, variables) !== undefined;
}

export function problemOf(name: string, argument: string): string {
  const operator = made(name, argument);
  return 'problem' in operator ? operator.problem : '';
}
