// Which statuses are relevant to the audit log.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusTable } from '../../../../agents/waf/compile/status-table.ts';
import { setOf } from './support.ts';

test('an expression that looks ahead, as the recommended file of ModSecurity has it', () => {
  const { isRelevantStatus } = setOf('SecAuditLogRelevantStatus "^(?:5|4(?!04))"').settings.audit;
  assert.deepEqual([200, 403, 404, 405, 500, 599, 600].map(isRelevantStatus), [
    false,
    true,
    false,
    true,
    true,
    true,
    false,
  ]);
});

test('no expression', () => {
  assert.match(String(statusTable('(')), /^an expression on a status such as \^5; /);
});
