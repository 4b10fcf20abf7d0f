// The gate of the whole way: every regression test of the Core Rule Set, as it is written, through the real port of a real
// stack. Known failures stand in their ledger with reasons, and a surprise pass fails here too. Without the Core Rule Set
// a few tests of our own show that the target is one.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Case } from '../../crs-tests/case.ts';
import { readCases } from '../../crs-tests/cases.ts';
import { emptyLedger, isGood, type Ledger, readLedger } from '../../crs-tests/ledger.ts';
import { runOverWire } from '../../crs-tests/run-wire.ts';
import { StackTarget } from '../../crs-tests/target-stack.ts';
import { crsFolder, withoutCrs } from '../support/crs.ts';
import { folderWith } from '../support/terminal.ts';

async function run(rulesFolder: string, cases: readonly Case[], ledger: Ledger) {
  const sending = { connectTimeoutMs: 10_000, readTimeoutMs: 60_000, verifiesTls: true };
  await using target = await StackTarget.start({ rulesFolder, connections: 16, sending });
  const rules = () => Promise.resolve(undefined);
  return await runOverWire({
    cases,
    target,
    ledger,
    overrides: [],
    failFast: false,
    rules,
    signal: new AbortController().signal,
  });
}

test('rules that match, rules that do not, and what never reaches them', async () => {
  await using folder = await folderWith({
    'r.conf': `SecRule ARGS "@rx evil" "id:7,phase:2,deny,log,msg:'evil'"
SecRule RESPONSE_BODY "@contains secret" "id:8,phase:4,deny,log"
SecRule REQUEST_METHOD "@streq TEST" "id:9,phase:1,pass,log"`,
  });
  const { cases } = readCases(
    '7.yaml',
    `tests:
  - stages: [{input: {headers: {Host: h}, uri: "/?a=evil"}, output: {status: 200, log: {expect_ids: [7], match_regex: "msg .evil"}}}]
  - stages: [{input: {headers: {Host: h}, uri: "/?a=good"}, output: {log: {no_expect_ids: [7]}}}]
  - stages: [{input: {headers: {Host: h}, method: POST, uri: /, data: "a=evil"}, output: {isolated: true, log: {expect_ids: [7]}}}]
  - stages: [{input: {headers: {Host: h}, method: POST, uri: /reflect, data: '{"body": "secret"}', autocomplete_headers: false}, output: {status: 400}}]
  - stages: [{input: {headers: {Host: h, Content-Type: application/json}, method: POST, uri: /reflect, data: '{"body": "a secret"}'}, output: {response_contains: a secret, log: {expect_ids: [8]}}}]
  - stages: [{input: {headers: {Host: h}, method: TEST, uri: /}, output: {log: {expect_ids: [9]}}}]
  - stages: [{input: {headers: {}, uri: "/?a=evil"}, output: {status: 400, log: {no_expect_ids: [7]}}}]
  - stages: [{input: {headers: {Host: h}, uri: "/?a=good"}, output: {log: {expect_ids: [7]}}}]
`,
  );
  const results = await run(folder.path, cases, emptyLedger);
  const bad = results.filter(({ standing }) => standing !== 'passed');
  assert.deepEqual(
    bad.map(({ id, problems }) => [id, problems]),
    [['7-8', ['expected rule 7 in the log']]],
  );
});

test('the Core Rule Set', { skip: withoutCrs }, async () => {
  const ledger = readLedger(readFileSync(new URL('../../crs-tests/ledger-stack.json', import.meta.url), 'utf8'));
  assert(!('problem' in ledger));
  const folder = crsFolder ?? '';
  const cases = globSync(join(folder, 'tests', '**', '*.yaml'))
    .sort()
    .flatMap((file) => readCases(file, readFileSync(file, 'utf8')).cases);
  assert(cases.length >= 3000, `${cases.length} tests`); // all of it, not a part
  const results = await run(folder, cases, ledger);
  assert.equal(results.length, cases.length);
  const bad = results.filter(({ standing }) => !isGood(standing));
  assert(bad.length === 0, bad.map(({ id, standing, explanation }) => `${id} ${standing}\n${explanation}`).join('\n'));
});
