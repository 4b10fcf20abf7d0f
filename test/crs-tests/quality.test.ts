// The commands about the quality of rules, called as functions: pages, exit codes, and what they refuse.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCases } from '../../crs-tests/cases.ts';
import { detection, quantitative } from '../../crs-tests/quality.ts';
import { Stop } from '../../crs-tests/stop.ts';
import { folderWith } from '../support/terminal.ts';

const rule = 'SecRule ARGS "@contains evil" "id:8,phase:2,pass,log,severity:CRITICAL,tag:paranoia-level/2"';
const { cases } = readCases(
  '8.yaml',
  'tests: [{ test_id: 1, stages: [{ input: { uri: "/?a=evil", headers: { Host: a } }, output: { log: { expect_ids: [8] } } }] }]',
);

const isStop =
  (exitCode: number, pattern: RegExp) =>
  (error: unknown): boolean =>
    error instanceof Stop && error.exitCode === exitCode && pattern.test(error.message);

test('attacks by level', async () => {
  await using folder = await folderWith({ 'rules/r.conf': rule });
  const rules = join(folder.path, 'rules');
  assert.match(await detection(cases, rules), /^\| \*\*all\*\* \| 1 \| 0\.0 \| 100\.0 \|/m);
  await assert.rejects(detection([], rules), isStop(3, /no test expects/));
  await assert.rejects(detection(cases, join(folder.path, 'gone')), isStop(3, /cannot be read/));
});

test('clean requests of a file, and of the generator', async () => {
  await using folder = await folderWith({ 'rules/r.conf': rule, 'texts.txt': 'evil\ngood\n' });
  const rules = join(folder.path, 'rules');
  const texts = join(folder.path, 'texts.txt');
  const { page, exitCode } = await quantitative({ texts }, rules);
  assert.match(page, /^\| \*\*all\*\* \| 2 \| 0 \| 1 \| 1 \| 1 \|$/m);
  assert.equal(exitCode, 0);
  assert.match((await quantitative({ count: '5', seed: '2' }, rules)).page, /^\| \*\*all\*\* \| 5 \| 0 \| 0 \|/m);
  await assert.rejects(quantitative({ count: '0' }, rules), isStop(2, /--count 0 is no number/));
});
