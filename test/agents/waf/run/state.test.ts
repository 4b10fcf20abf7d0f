// A new transaction has what its settings say, and nothing of another.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begin, ruleSetOf } from '../support.ts';

test('settings are where ctl can change them, for this transaction alone', () => {
  const set = ruleSetOf(
    'SecRuleEngine DetectionOnly\nSecRequestBodyAccess On\nSecRequestBodyLimit 77\nSecAuditEngine RelevantOnly',
  );
  const [one, other] = [begin(set).state, begin(set).state];
  assert.deepEqual(
    [one.engine, one.isRequestBodyRead, one.requestBytesMax, one.auditMode, one.highestSeverity],
    ['detection-only', true, 77, 'relevant-only', 255],
  );
  one.tx.set('a', '1');
  one.engine = 'off';
  assert.deepEqual([other.tx.get('a'), other.engine], [undefined, 'detection-only']);
});
