// The bounds of the fast evaluator fit each other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wafPlanLimits } from '../../config/limits-waf-plan.ts';

test('what is remembered of one value is a small part of all', () =>
  assert(1000 * wafPlanLimits.knownValueBytesMax < wafPlanLimits.knownBytesMax));
