// One test, from its YAML to its standing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCases } from '../../crs-tests/cases.ts';
import { emptyLedger } from '../../crs-tests/ledger.ts';
import { runCase } from '../../crs-tests/run.ts';
import { ruleSetOf } from '../agents/waf/support.ts';

const ruleSet = ruleSetOf('SecRuleEngine DetectionOnly\nSecRule ARGS "@rx evil" "id:100,phase:1,deny,log"');
const running = { ruleSet, ledger: emptyLedger, overrides: [], now: () => 0 };
const [passes, fails] = readCases(
  '100.yaml',
  `rule_id: 100
tests:
  - stages:
      - input: {headers: {Host: h}, uri: "/?a=evil"}
        output: {log: {expect_ids: [100]}}
      - input: {headers: {Host: h}, uri: "/?a=good"}
        output: {log: {no_expect_ids: [100]}}
  - stages:
      - input: {headers: {Host: h}, uri: "/?a=good"}
        output: {log: {expect_ids: [100]}}
`,
).cases;

test('all stages must hold', () => {
  const result = runCase(running, passes!);
  assert.deepEqual([result.standing, result.problems, result.loggedIds], ['passed', [], [100]]);
});

test('a failure says why', () => {
  const result = runCase(running, fails!);
  assert.deepEqual([result.standing, result.problems], ['failed', ['expected rule 100 in the log']]);
  assert.match(
    result.explanation ?? '',
    /rule 100 \(test\.conf:2, phase 1\) ran and did not match:\n.*@rx evil\n.*ARGS:a "good": no match/,
  );
});

test('the ledger and overrides change what is good', () => {
  const known = { knownFailures: new Map([['100-2', 'because']]) };
  assert.deepEqual(runCase({ ...running, ledger: known }, fails!).standing, 'known-failure');
  const overrides = [{ ruleId: 100, testIds: [2], stageIds: [], retriesOnce: false, reason: 'r', output: undefined }];
  assert.equal(runCase({ ...running, overrides }, fails!).standing, 'passed');
});
