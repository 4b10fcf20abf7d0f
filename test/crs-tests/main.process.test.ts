// The program, as it is called: exit codes, outputs, mistakes of its caller.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { folderWith } from '../support/terminal.ts';

const main = join(import.meta.dirname, '..', '..', 'crs-tests', 'main.ts');
const yaml = (expected: string) => `rule_id: 7
tests:
  - stages:
      - input: {headers: {Host: h}, uri: "/?a=evil"}
        output: {log: {expect_ids: [7]}}
  - stages:
      - input: {headers: {Host: h}, uri: "/?a=good"}
        output: {log: {${expected}: [7]}}
`;
const files = (expected: string) => ({
  'rules/r.conf': 'SecRule ARGS "@rx evil" "id:7,phase:1,deny,log"',
  'tests/7.yaml': yaml(expected),
  'ledger.json': '{"knownFailures": {}}',
});

async function crs(cwd: string, ...words: string[]) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [main, ...words], { cwd, reject: false });
  return { exitCode, stdout, stderr };
}
const where = ['-d', 'tests', '--rules', 'rules', '--ledger', 'ledger.json'];

test('all pass: 0, and data for programs', async () => {
  await using folder = await folderWith(files('no_expect_ids'));
  const { exitCode, stdout } = await crs(folder.path, 'run', ...where, '-o', 'json');
  assert.equal(exitCode, 0);
  const { run, success, failed, skipped } = JSON.parse(stdout);
  assert.deepEqual({ run, success, failed, skipped }, { run: 2, success: 2, failed: [], skipped: [] });
});

test('one fails: 1, its story, and the ledger can learn it; a surprise pass is 1 again', async () => {
  await using folder = await folderWith(files('expect_ids'));
  const failed = await crs(folder.path, 'run', ...where, '--show-failures-only', '--update-ledger');
  assert.equal(failed.exitCode, 1);
  assert.match(failed.stdout, /^7-2 {2}FAILED\n {2}expected rule 7 in the log\n/);
  assert.match(await readFile(join(folder.path, 'ledger.json'), 'utf8'), /"7-2": "not looked at yet"/);
  const known = await crs(folder.path, 'run', ...where, '-o', 'quiet');
  assert.deepEqual(
    [known.exitCode, known.stdout.replace(/ in .*/, '')],
    [0, '1 of 2 passed, 1 failed as the ledger says'],
  );
  await using mended = await folderWith({
    ...files('no_expect_ids'),
    'ledger.json': '{"knownFailures": {"7-2": "old"}}',
  });
  const surprise = await crs(mended.path, 'run', ...where);
  assert.equal(surprise.exitCode, 1);
  assert.match(surprise.stdout, /7-2 {2}PASSED, but the ledger says it fails: take it out \(old\)/);
});

test('a choice of tests, the first failure, a page', async () => {
  await using folder = await folderWith(files('expect_ids'));
  const one = await crs(folder.path, 'run', ...where, '-i', '^7-1$', '-o', 'quiet');
  assert.match(one.stdout, /^1 of 1 passed, 1 skipped/);
  const fast = await crs(folder.path, 'run', ...where, '--fail-fast', '-o', 'quiet', '--exclude=-1$');
  assert.match(fast.stdout, /^0 of 1 passed, 1 failed, 1 skipped/);
  const page = await crs(folder.path, 'report', ...where, '-f', 'page.md');
  assert.equal(page.exitCode, 1);
  assert.match(
    await readFile(join(folder.path, 'page.md'), 'utf8'),
    /\| 7-2 \| FAILED \| expected rule 7 in the log \|/,
  );
});

test('overrides say what to expect instead', async () => {
  await using folder = await folderWith({
    ...files('expect_ids'),
    'o.yaml': 'test_overrides: [{rule_id: 7, test_ids: [2], reason: r, output: {log: {no_expect_ids: [7]}}}]',
  });
  assert.equal((await crs(folder.path, 'run', ...where, '--overrides', 'o.yaml')).exitCode, 0);
});

test('check says what is wrong with the files, each with its line', async () => {
  await using folder = await folderWith(files('expect_id'));
  const { exitCode, stdout } = await crs(folder.path, 'check', '-d', 'tests');
  assert.equal(exitCode, 1);
  assert.match(stdout, /^tests\/7\.yaml:8: 'expect_id' is not known here/);
  assert.equal((await crs(folder.path, 'run', ...where)).exitCode, 3);
});

test('mistakes of the caller are told, with their exit codes', async () => {
  await using folder = await folderWith({ ...files('no_expect_ids'), 'broken/r.conf': 'SecRule' });
  const calls: readonly [string[], number, RegExp][] = [
    [[], 2, /there are run, check, report and quantitative/],
    [['run', '--nothing'], 2, /--nothing/],
    [['run', ...where, '-o', 'xml'], 2, /'xml' is no output/],
    [['run', ...where, '-i', '('], 2, /regular expression/i],
    [['run', '-d', 'gone'], 3, /there are no tests/],
    [['run', '-d', 'tests', '--rules', 'gone'], 3, /the rules in gone cannot be read/],
    [['run', '-d', 'tests', '--rules', 'broken'], 3, /r\.conf:1/],
    [['report', '--levels', '-d', 'gone'], 3, /there are no tests/],
    [['quantitative', '--rules', 'rules', '--count', 'many'], 2, /--count many is no number/],
    [['quantitative', '--rules', 'rules', '--texts', 'gone'], 3, /gone cannot be read/],
    [['quantitative', '--rules', 'rules', '--count', '1', '--baseline', '7.yaml'], 3, /7\.yaml cannot be read/],
    [['run', ...where, '--overrides', 'gone'], 3, /no file of overrides gone/],
    [['run', '-d', 'tests', '--rules', 'rules', '--ledger', 'gone'], 3, /no ledger gone/],
  ];
  for (const [words, code, text] of calls) {
    const { exitCode, stderr } = await crs(folder.path, ...words);
    assert.equal(exitCode, code, words.join(' '));
    assert.match(stderr, text);
  }
});

test('attacks by level, whatever the rule', async () => {
  await using folder = await folderWith(files('no_expect_ids'));
  const { exitCode, stdout } = await crs(folder.path, 'report', '--levels', '-d', 'tests', '--rules', 'rules');
  assert.equal(exitCode, 0);
  assert.match(stdout, /^\| \*\*all\*\* \| 1 \| 0\.0 \| 0\.0 \| 0\.0 \| 0\.0 \|$/m); // the rule has no level
});

test('clean requests that are refused, and a baseline that is held', async () => {
  const rule = (text: string) =>
    `SecRule ARGS "@contains ${text}" "id:8,phase:2,pass,log,severity:CRITICAL,tag:paranoia-level/2"`;
  await using folder = await folderWith({
    'rules/r.conf': rule('select'),
    'wider/r.conf': rule('e'),
    'texts.txt': 'select one\nanother\nplain\n',
  });
  const quantitative = (...words: string[]) =>
    crs(folder.path, 'quantitative', '--texts', 'texts.txt', '--baseline', 'base.json', ...words);
  const first = await quantitative('--rules', 'rules', '--update-baseline');
  assert.equal(first.exitCode, 0);
  assert.match(first.stdout, /^\| \*\*all\*\* \| 3 \| 0 \| 1 \| 1 \| 1 \|$/m);
  assert.equal((await quantitative('--rules', 'rules')).exitCode, 0);
  const wider = await quantitative('--rules', 'wider', '-o', 'json');
  assert.equal(wider.exitCode, 1);
  assert.match(wider.stderr, /rule 8 matched in 666667 of a million clean requests, 333333 before/);
  assert.equal(JSON.parse(wider.stdout).all.refused['2'], 2);
});
