// The bounds of a transaction: whole, positive, and in relation to what CRS asks for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wafRunLimits } from '../../config/limits-waf-run.ts';

test('every bound is a whole number above zero', () => {
  for (const [name, bound] of Object.entries(wafRunLimits)) assert(Number.isInteger(bound) && bound > 0, name);
});

test('a variable for each of a thousand arguments fits many times over', () => {
  assert(wafRunLimits.variablesMax >= 10 * 1000);
});
