// Comparison of numbers: `eq`, `ne`, `ge`, `gt`, `le`, `lt`. The shaping decision: a text is the number it starts with,
// else 0, as C's `atoi` reads it. It refuses one thing of the reference: to wrap at 32 bits, by which a length of
// 4294967296 would be 0; larger numbers stay large.

import { isDigit, isSpace } from '../transform/bytes.ts';
import { type MakeOperator, textOf, yesOrNo } from './argument.ts';

const comparing =
  (test: (value: number, other: number) => boolean): MakeOperator =>
  (argument) => {
    const other = textOf(argument);
    const decide = yesOrNo((value, context) => test(leadingNumber(value), leadingNumber(other(context))));
    return { ...decide, facts: { kind: 'number', other: argument, compare: test } };
  };

export const eq = comparing((value, other) => value === other);
export const ne = comparing((value, other) => value !== other);
export const ge = comparing((value, other) => value >= other);
export const gt = comparing((value, other) => value > other);
export const le = comparing((value, other) => value <= other);
export const lt = comparing((value, other) => value < other);

/** White space, a sign, digits; 0 if there are none. What is past the exact range is as large as can be. */
export function leadingNumber(text: string): number {
  let at = 0;
  while (isSpace(text.charCodeAt(at))) at += 1;
  const sign = text.charAt(at);
  if (sign === '-' || sign === '+') at += 1;
  let number = 0;
  for (; isDigit(text.charCodeAt(at)); at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    number = Math.min(10 * number + digit, Number.MAX_SAFE_INTEGER);
  }
  return sign === '-' && number !== 0 ? -number : number;
}
