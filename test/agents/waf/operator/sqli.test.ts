// Attacks and plain text: the verdicts and fingerprints of ModSecurity 2.9.7, and texts of both kinds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { peacefulKinds, sqliFingerprint } from '../../../../agents/waf/operator/sqli.ts';
import { sqlFingerprints } from '../../../../agents/waf/operator/sqli-fingerprints.ts';
import { byteStrings, reference } from '../reference.ts';
import { capturesOf } from './support.ts';

test('as ModSecurity 2.9.7 sees them', () => {
  const differing = reference.sqli.filter(
    ([text, fingerprint]) => sqliFingerprint(text) !== (fingerprint ?? undefined),
  );
  assert.deepEqual(differing, []);
  assert(reference.sqli.length >= 280);
});

const attacks: readonly [string, string][] = [
  ["1' OR 1=1--", 's&1c'],
  ["admin'--", 'sc'],
  ['1 union select password from users', '1UEnk'],
  ["' or ''='", 's&sos'],
  ['1; drop table users', '1;Tnn'],
  ["x' and sleep(5)#", 's&f(1'],
  ['1-- ', '1c'],
  ['1/*!union*/', 'X'],
];

for (const [text, fingerprint] of attacks) {
  test(`found: ${text}`, () => {
    const [found] = capturesOf('detectSQLi', '', text) ?? [];
    assert.equal(typeof found, 'string');
    assert.equal(found, sqliFingerprint(text), fingerprint);
  });
}

for (const text of [
  '',
  'hello world',
  "O'Brien",
  "it's 5 o'clock",
  '1-800-555',
  'select a seat',
  'rock and roll',
  '10 or 20',
  'a - b',
  'C#',
]) {
  test(`harmless: ${text}`, () => assert.equal(sqliFingerprint(text), undefined));
}

test('any bytes get a verdict', () => {
  fc.assert(fc.property(byteStrings, (text) => assert.notEqual(sqliFingerprint(text), '')));
});

test('words, numbers, operators, commas and points alone are on no list', () => {
  const kinds = new Set(peacefulKinds.toUpperCase());
  const listed = [...sqlFingerprints].filter((fingerprint) => Array.from(fingerprint).every((kind) => kinds.has(kind)));
  assert.deepEqual(listed, []);
  assert(kinds.size === 7 && sqlFingerprints.size > 8000);
});
