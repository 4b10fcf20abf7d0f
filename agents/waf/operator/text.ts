// Comparison of texts, byte by byte and with case: `contains`, `containsWord`, `beginsWith`, `endsWith`, `streq`,
// `strmatch`, `within`. The shaping decision: both sides may come from a request (macros are expanded at each call), so
// searches are linear in both. It refuses locale and Unicode: bytes are equal or they are not.

import type { Macro, Operator } from '../compile/rule-set.ts';
import { isLetterOrDigit } from '../transform/bytes.ts';
import { constantOf, fromConstant, type MakeOperator, textOf, yesOrNo } from './argument.ts';
import { find, occurrences } from './find.ts';
import { phrasePattern } from './phrase-pattern.ts';

const comparing =
  (test: (value: string, text: string) => boolean): MakeOperator =>
  (argument: Macro): Operator => {
    const text = textOf(argument);
    const decide = yesOrNo((value, context) => test(value, text(context)));
    return constantOf(argument) === undefined ? decide : { ...decide, facts: { kind: 'value' } };
  };

export const contains = comparing((value, text) => find(value, text) !== -1);
export const beginsWith = comparing((value, text) => value.startsWith(text));
export const endsWith = comparing((value, text) => value.endsWith(text));
export const streq = comparing((value, text) => value === text);

/** The value lies within the argument; an empty one always does. */
export const within = comparing((value, text) => find(text, value) !== -1);

/** As `contains`, and neither side of what was found is a letter, a digit or `_`. */
export const containsWord = comparing((value, text) => {
  if (text === '') return true;
  for (const at of occurrences(value, text)) {
    if (!isWordByte(value.charCodeAt(at - 1)) && !isWordByte(value.charCodeAt(at + text.length))) return true;
  }
  return false;
});

/** As `contains` of a constant, in which `|41 42|` stands for bytes. */
export const strmatch = fromConstant((text) => {
  const pattern = phrasePattern(text);
  return yesOrNo((value) => find(value, pattern) !== -1);
});

const isWordByte = (byte: number): boolean => isLetterOrDigit(byte) || byte === 0x5f;
