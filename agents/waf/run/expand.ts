// Texts with `%{…}` in them, filled in from the transaction. What does not exist is nothing, as in ModSecurity: an
// attacker who can keep a variable from existing must not be able to put its name into a message or a score.

import type { Macro, VariableName } from '../compile/rule-set.ts';
import { asciiLower } from '../transform/bytes.ts';
import { isSameName } from './item.ts';
import type { TransactionState } from './state.ts';
import { variableByName } from './variables.ts';

export function expand(tx: TransactionState, { parts }: Macro): string {
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'string') return only;
  let text = '';
  for (const part of parts) text += typeof part === 'string' ? part : (firstValue(tx, part) ?? '');
  return text;
}

/** The same for a text that was never read as one with macros: the argument of an operator, shown to a person. */
export const expandText = (tx: TransactionState, text: string): string =>
  text.replace(
    /%\{([A-Za-z_]+)(?:[.:]([^}]*))?\}/g,
    (_, collection: string, key: string | undefined) =>
      firstValue(tx, nameOfVariable(collection.toUpperCase(), key)) ?? '',
  );

const nameOfVariable = (collection: string, key: string | undefined): VariableName => ({
  collection,
  key,
  lowerKey: key === undefined ? undefined : asciiLower(key),
});

/** The first value where there are several. */
function firstValue(tx: TransactionState, { collection, key, lowerKey }: VariableName): string | undefined {
  if (collection === 'TX' && lowerKey !== undefined) return tx.tx.byLowerName(lowerKey);
  const selector = key === undefined ? undefined : selectorOf(collection, key);
  const variable = variableByName(collection);
  if (key !== undefined && variable?.first !== undefined) return variable.first(tx, key);
  const items = variable?.items(tx, selector) ?? [];
  if (key === undefined || selector?.kind === 'xpath') return items[0]?.value;
  return items.find((item) => item.key !== undefined && isSameName(item.key, key))?.value;
}

const selectorOf = (collection: string, key: string) =>
  collection === 'XML' ? ({ kind: 'xpath', path: key } as const) : ({ kind: 'text', text: key } as const);
