// The oracle answers, with fingerprints.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Oracle } from '../../../packaging/sqli/oracle.ts';

test('an attack has a fingerprint, plain text has none', () => {
  const oracle = new Oracle();
  assert.equal(oracle.sqli("1' or '1'='1"), 's&sos');
  assert.equal(oracle.sqli('1 union select 1'), '1UE1');
  assert.equal(oracle.sqli('hello'), undefined);
  assert.equal(oracle.isXss('<script>'), true);
  assert.equal(oracle.isXss('<b>'), false);
});
