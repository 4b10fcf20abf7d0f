// The bounds of the fast evaluator fit each other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wafPlanLimits } from '../../config/limits-waf-plan.ts';

const MiB = 1024 * 1024;

test('what is remembered of values is some MiB at most, in rows that a mask finds', () => {
  assert(wafPlanLimits.knownValueBytesMax * wafPlanLimits.knownValuesMax <= 4 * MiB);
  for (const most of [wafPlanLimits.knownValuesMax, wafPlanLimits.namesKnownMax])
    assert(Number.isInteger(Math.log2(most)));
});
