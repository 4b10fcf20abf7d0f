// What was measured is in the table, and the oracle does not find it: else the list is out of date.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqlFingerprints } from '../../../agents/waf/operator/sqli-fingerprints.ts';
import { measuredFingerprints } from '../../../packaging/sqli/measured.ts';
import { Oracle } from '../../../packaging/sqli/oracle.ts';

test('each is in the table, once', () => {
  assert.equal(new Set(measuredFingerprints).size, measuredFingerprints.length);
  for (const fingerprint of measuredFingerprints) assert(sqlFingerprints.has(fingerprint), fingerprint);
});

test('the oracle has dropped them', () => {
  const oracle = new Oracle();
  for (const text of ['1--', "'} order by '", '" and 1=1- x.']) assert.equal(oracle.sqli(text), undefined, text);
});
