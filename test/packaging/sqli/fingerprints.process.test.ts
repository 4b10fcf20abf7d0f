// The search for fingerprints, cut off at two kinds: what it finds is in the table, and the whole table's size.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqlFingerprints } from '../../../agents/waf/operator/sqli-fingerprints.ts';
import { SqlScanner } from '../../../agents/waf/operator/sqli-token.ts';
import { examples, exampleWords, findFingerprints } from '../../../packaging/sqli/fingerprints.ts';
import { Oracle } from '../../../packaging/sqli/oracle.ts';

test('each example is of its kind', () => {
  for (const [kind, text] of examples) {
    if (kind === 'B' || kind === 'o(') continue; // of two words
    const scanner = new SqlScanner(text, { quote: '', isMysql: false }, (word) => exampleWords.get(word));
    assert.equal(scanner.next()?.type, kind);
  }
});

test('what is found is in the table', () => {
  const found = findFingerprints(new Oracle(), 2);
  assert(found.size > 50);
  for (const fingerprint of found) assert(sqlFingerprints.has(fingerprint), fingerprint);
  assert(sqlFingerprints.size > 8000);
});
