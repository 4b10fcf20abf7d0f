// The sums of a run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idsOf, passedCount, type Result, type Summary } from '../../crs-tests/result.ts';

const standings: readonly Result['standing'][] = ['passed', 'failed', 'known-failure', 'surprise-pass'];
const summary: Summary = {
  results: standings.map((standing, index) => ({
    id: `1-${index}`,
    file: '',
    description: '',
    standing,
    durationMs: 0,
    problems: [],
    explanation: undefined,
    reason: undefined,
    loggedIds: [],
  })),
  skipped: [],
  forcedPass: [],
  forcedFail: [],
  ignored: [],
  totalMs: 0,
};

test('ids by standing; a surprise is counted as passed', () => {
  assert.deepEqual(idsOf(summary, 'failed'), ['1-1']);
  assert.equal(passedCount(summary), 2);
});
