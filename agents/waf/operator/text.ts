// Comparison of texts, byte by byte and with case: `contains`, `containsWord`, `beginsWith`, `endsWith`, `streq`,
// `strmatch`, `within`. The shaping decision: searches are V8's `includes` on one-byte strings, which is linear for all
// that was measured; macros are expanded at each call. It refuses locale and Unicode: bytes are equal or they are not.

import type { Macro, Operator } from '../compile/rule-set.ts';
import { isLetterOrDigit } from '../transform/bytes.ts';
import { fromConstant, type MakeOperator, textOf, yesOrNo } from './argument.ts';
import { phrasePattern } from './phrase-pattern.ts';

const comparing =
  (test: (value: string, text: string) => boolean): MakeOperator =>
  (argument: Macro): Operator => {
    const text = textOf(argument);
    return yesOrNo((value, context) => test(value, text(context)));
  };

export const contains = comparing((value, text) => value.includes(text));
export const beginsWith = comparing((value, text) => value.startsWith(text));
export const endsWith = comparing((value, text) => value.endsWith(text));
export const streq = comparing((value, text) => value === text);

/** The value lies within the argument; an empty one always does. */
export const within = comparing((value, text) => text.includes(value));

/** As `contains`, and neither side of what was found is a letter, a digit or `_`. */
export const containsWord = comparing((value, text) => {
  if (text === '') return true;
  for (let at = value.indexOf(text); at !== -1; at = value.indexOf(text, at + 1)) {
    if (!isWordByte(value.charCodeAt(at - 1)) && !isWordByte(value.charCodeAt(at + text.length))) return true;
  }
  return false;
});

/** As `contains` of a constant, in which `|41 42|` stands for bytes. */
export const strmatch = fromConstant((text) => {
  const pattern = phrasePattern(text);
  return yesOrNo((value) => value.includes(pattern));
});

const isWordByte = (byte: number): boolean => isLetterOrDigit(byte) || byte === 0x5f;
