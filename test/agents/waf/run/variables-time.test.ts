// The variables of time tell the caller's clock.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { variableByName } from '../../../../agents/waf/run/variables.ts';
import { begin } from '../support.ts';

test('a moment in all its parts', () => {
  const nowMs = new Date(2026, 1, 3, 4, 5, 6).getTime(); // local time: a Tuesday in February
  const transaction = begin('SecRuleEngine On', { nowMs });
  transaction.end(nowMs + 2.5);
  const read = (name: string) => variableByName(name)?.items(transaction.state, undefined)[0]?.value;
  const values = ['TIME', 'TIME_YEAR', 'TIME_MON', 'TIME_DAY', 'TIME_HOUR', 'TIME_MIN', 'TIME_SEC', 'TIME_WDAY'].map(
    read,
  );
  assert.deepEqual(values, ['04:05:06', '2026', '1', '3', '04', '05', '06', '2']);
  assert.deepEqual([read('TIME_EPOCH'), read('DURATION')], [String(nowMs / 1000), '2500']);
});
