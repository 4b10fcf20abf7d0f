// The program, as it is called: exit codes, outputs, mistakes of its caller.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { until } from '../support/proxy.ts';
import { folderWith } from '../support/terminal.ts';
import { foreignFirewall } from './foreign-firewall.ts';

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
    [[], 2, /there are run, check, report, quantitative and backend/],
    [['run', '--nothing'], 2, /--nothing/],
    [['run', ...where, '-o', 'xml'], 2, /'xml' is no output/],
    [['run', ...where, '-i', '('], 2, /regular expression/i],
    [['run', ...where, '-e', '['], 2, /regular expression/i],
    [['run', ...where, '-j', '0'], 2, /--jobs 0 is no number from 1 to 99/],
    [['run', ...where, '--target', 'nginx'], 2, /'nginx' is no target; there are engine, stack and http/],
    [['run', ...where, '--log-file', 'l'], 2, /--log-file has no effect on the target engine/],
    [['run', ...where, '--target', 'stack', '--rate-limit', '1s'], 2, /--rate-limit has no effect on the target stack/],
    [['run', '-d', 'tests', '--rules', 'gone', '--target', 'stack'], 3, /the rules in gone cannot be read/],
    [['run', ...where, '--target', 'stack', '--read-timeout', '1h'], 2, /--read-timeout 1h is no duration/],
    [['run', ...where, '--target', 'http://127.0.0.1:9'], 2, /needs --log-file/],
    [['run', ...where, '--target', 'http://127.0.0.1:9', '-l', 'l', '-j', '2'], 2, /one test at a time/],
    [['run', ...where, '--target', 'http://127.0.0.1:9', '-l', 'gone'], 3, /the log gone cannot be read/],
    [['backend', '--port', '70000'], 2, /--port 70000 is no port/],
    [['run', '-d', 'gone'], 3, /there are no tests/],
    [['run', '-d', 'tests', '--rules', 'gone'], 3, /the rules in gone cannot be read/],
    [['run', '-d', 'tests', '--rules', 'broken'], 3, /r\.conf:1/],
    [['report', '--levels', '-d', 'gone'], 3, /there are no tests/],
    [['quantitative', '--rules', 'rules', '--count', 'many'], 2, /--count many is no number/],
    [['quantitative', '--rules', 'rules', '--texts', 'gone'], 3, /gone cannot be read/],
    [['quantitative', '--rules', 'rules', '--count', '1', '--baseline', '7.yaml'], 3, /7\.yaml cannot be read/],
    [['run', ...where, '--overrides', 'gone'], 3, /no file of overrides gone/],
    [['run', ...where, '--config', 'gone'], 3, /there is no configuration gone/],
    [['run', ...where, '--config', 'tests/7.yaml'], 3, /tests\/7\.yaml: .*rule_id/],
    [['run', ...where, '--overrides', 'tests/7.yaml'], 3, /tests\/7\.yaml: there is no list test_overrides/],
    [['run', ...where, '--ledger', 'tests/7.yaml'], 3, /tests\/7\.yaml: the ledger is no JSON/],
    [['run', ...where, '-f', 'gone/page'], 3, /gone\/page cannot be written/],
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

test('a firewall by its address and its log', async () => {
  await using folder = await folderWith({ ...files('expect_ids'), log: '' });
  await using firewall = await foreignFirewall(join(folder.path, 'log'));
  const at = ['-d', 'tests', '--target', firewall.url.origin, '--log-file', 'log'];
  const json = await crs(folder.path, 'run', ...at, '-o', 'json');
  const { run, success, failed } = JSON.parse(json.stdout);
  assert.deepEqual([json.exitCode, run, success, failed], [1, 2, 1, ['7-2']]);
  const told = await crs(folder.path, 'run', ...at, '--rules', 'rules', '--show-failures-only');
  assert.match(
    told.stdout,
    /^7-2 {2}FAILED\n[\s\S]*in the engine alone it fails too[\s\S]*rule 7 .* ran and did not match/,
  );
  const unnamed = await crs(folder.path, 'run', ...at, '--update-ledger');
  assert.deepEqual([unnamed.exitCode, unnamed.stderr], [2, 'error: which ledger is meant? name one with --ledger']);
  const known = await crs(folder.path, 'run', ...at, '--update-ledger', '--ledger', 'ledger.json', '-o', 'quiet');
  assert.equal(known.exitCode, 1);
  assert.equal((await crs(folder.path, 'run', ...at, '--ledger', 'ledger.json', '-o', 'quiet')).exitCode, 0);
});

test("go-ftw's configuration says what the command does not", async () => {
  await using folder = await folderWith({ ...files('expect_ids'), log: '' });
  await using firewall = await foreignFirewall(join(folder.path, 'log'));
  const input = `input: {dest_addr: 127.0.0.1, port: ${firewall.url.port}}`;
  const write = (name: string, fates: string) =>
    writeFile(join(folder.path, name), `logfile: log\ntestoverride: {${input}, ${fates}}`);
  await write('ignore.yaml', "ignore: {'^7-2$': r}");
  await write('fail.yaml', "forcefail: {'^7-2$': r}");
  await write('all.yaml', "forcepass: {'^7-2$': r}");
  const run = async (config: string, ...words: string[]) => {
    const { exitCode, stdout } = await crs(
      folder.path,
      'run',
      '-d',
      'tests',
      '--config',
      config,
      '-o',
      'json',
      ...words,
    );
    const { run: ran, ignored, 'forced-pass': passed, 'forced-fail': failed } = JSON.parse(stdout);
    return [exitCode, ran, ignored, passed, failed];
  };
  assert.deepEqual(await run('ignore.yaml'), [0, 1, ['7-2'], [], []]);
  assert.deepEqual(await run('fail.yaml'), [1, 1, [], [], ['7-2']]);
  assert.deepEqual(await run('all.yaml'), [0, 1, [], ['7-2'], []]);
  const before = firewall.requests.length;
  assert.deepEqual(await run('ignore.yaml', '--target', 'engine', '--rules', 'rules'), [0, 1, ['7-2'], [], []]);
  assert.equal(firewall.requests.length, before);
});

test('a whole stack, which is gone afterwards', async () => {
  await using folder = await folderWith({ ...files('expect_ids'), 'broken/r.conf': 'SecRule' });
  const { exitCode, stdout } = await crs(folder.path, 'run', ...where, '--target', 'stack', '--show-failures-only');
  assert.equal(exitCode, 1);
  assert.match(stdout, /^7-2 {2}FAILED\n {2}expected rule 7 in the log\n {2}in the engine alone it fails too/);
  assert.match(stdout, /1 of 2 passed, 1 failed in .* s$/);
  const refused = await crs(folder.path, 'run', '-d', 'tests', '--rules', 'broken', '--target', 'stack');
  assert.deepEqual([refused.exitCode, refused.stdout], [3, '']);
  assert.match(refused.stderr, /^error: the stack did not start:\n[\s\S]*r\.conf/);
});

test('interrupted, it stops the stack and clears its folder away', async () => {
  await using folder = await folderWith({ ...files('expect_ids'), 'tmp/.keep': '' });
  const temporary = join(folder.path, 'tmp');
  const words = ['run', ...where, '--target', 'stack'];
  const child = execa(process.execPath, [main, ...words], {
    cwd: folder.path,
    reject: false,
    env: { TMPDIR: temporary },
  });
  await until(
    async () => (await readdir(temporary)).some((name) => name.startsWith('sentinel-crs-')),
    () => 'no stack is being started',
  );
  child.kill('SIGINT');
  const { exitCode, stderr } = await child;
  assert.equal(exitCode, 1);
  assert.match(stderr, /^error: interrupted after \d tests$/);
  assert.deepEqual(await readdir(temporary), ['.keep']);
});

test('the backend serves until it is told to end', async () => {
  const child = execa(process.execPath, [main, 'backend'], { reject: false });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const response = await fetch(`${String(line).trim()}/reflect`, {
    method: 'POST',
    body: '{"status": 418, "body": "tea"}',
  });
  assert.deepEqual([response.status, await response.text()], [418, 'tea']);
  child.kill('SIGTERM');
  assert.equal((await child).exitCode, 0);
});
