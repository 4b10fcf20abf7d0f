// The table of fingerprints: their shape, and some that everybody meets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqlFingerprints } from '../../../../agents/waf/operator/sqli-fingerprints.ts';

test('one to five letters each, in capitals', () => {
  for (const fingerprint of sqlFingerprints) assert.match(fingerprint, /^[A-Z1&(){},.;:?\\]{1,5}$/);
  for (const usual of ['1UE1', 'S&SOS', 'S&1C', 'X', 'SC', '1C']) assert(sqlFingerprints.has(usual), usual);
  for (const plain of ['N', '1', 'S', 'NN', 'NNN', '1N']) assert(!sqlFingerprints.has(plain), plain);
});
