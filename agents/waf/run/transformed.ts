// What transformations make of values, remembered within a phase: a dozen rules that match the same value each want it
// decoded the same way, and decoding a long value costs more than searching it. Bounded, and forgotten when the phase ends,
// so that no body is kept. Short values are not worth remembering.

import { wafRunLimits } from '#config/limits-waf-run';
import type { Transformation } from '../compile/rule-set.ts';

type Apply = Transformation['apply'];

const known = new Map<Apply, Map<string, string>>();
let count = 0;

export function transformed(apply: Apply, value: string): string {
  if (value.length < wafRunLimits.transformedBytesLeast) return apply(value);
  let results = known.get(apply);
  if (results === undefined) {
    results = new Map();
    known.set(apply, results);
  }
  const before = results.get(value);
  if (before !== undefined) return before;
  const after = apply(value);
  if (count >= wafRunLimits.transformedMax) forgetTransformed();
  count += 1;
  results.set(value, after);
  return after;
}

export function forgetTransformed(): void {
  if (count === 0) return;
  known.clear();
  count = 0;
}
