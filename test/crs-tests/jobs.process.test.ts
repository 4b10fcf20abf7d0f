// Tests side by side come to the same as one after the other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCases } from '../../crs-tests/cases.ts';
import { runJobs, runShare, type Work } from '../../crs-tests/jobs.ts';
import { emptyLedger } from '../../crs-tests/ledger.ts';
import { loadRuleFolder } from '../../crs-tests/rules.ts';
import { folderWith } from '../support/terminal.ts';

const stage = (value: string) =>
  `  - stages:\n      - input: {headers: {Host: h}, uri: "/?a=${value}"}\n        output: {log: {expect_ids: [7]}}\n`;
const { cases } = readCases('7.yaml', `tests:\n${['evil', 'good', 'evil', 'evil', 'good'].map(stage).join('')}`);

test('three threads, one thread, and a share alone', async () => {
  await using folder = await folderWith({ 'r.conf': 'SecRule ARGS "@rx evil" "id:7,phase:1,deny,log"' });
  const rules = await loadRuleFolder(folder.path);
  assert('ruleSet' in rules);
  const work: Work = { cases, rulesFolder: folder.path, ledger: emptyLedger, overrides: [], failFast: false };
  const standings = (results: Awaited<ReturnType<typeof runShare>>) =>
    results.map(({ id, standing }) => `${id} ${standing}`);
  const expected = ['7-1 passed', '7-2 failed', '7-3 passed', '7-4 passed', '7-5 failed'];
  assert.deepEqual(standings(await runJobs(work, rules, 1)), expected);
  assert.deepEqual(standings(await runJobs(work, rules, 3)), expected);
  assert.deepEqual(standings(await runShare(work)), expected);
  assert.deepEqual(standings(await runJobs({ ...work, failFast: true }, rules, 3)), expected.slice(0, 2));
});
