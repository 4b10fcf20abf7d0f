// `sentinel-stack crs`: the words reach the program of the tests, its outcome and exit code come back.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { folderWith } from '../../support/terminal.ts';

const main = join(import.meta.dirname, '..', '..', '..', 'stack', 'main.ts');

test('a run, as text and as data', async () => {
  await using folder = await folderWith({
    'rules/r.conf': 'SecRule ARGS "@rx evil" "id:7,phase:1,deny,log"',
    'tests/7.yaml':
      'tests:\n  - stages:\n      - input: {headers: {Host: h}, uri: "/?a=evil"}\n        output: {log: {expect_ids: [7]}}\n',
  });
  const crs = (...words: string[]) =>
    execa(process.execPath, [main, 'crs', ...words, '-d', 'tests'], { cwd: folder.path, reject: false });
  const run = await crs('run', '--rules', 'rules');
  assert.equal(run.exitCode, 0);
  assert.match(run.stdout, /^7-1 {2}passed\n1 of 1 passed in /);
  assert.equal(JSON.parse((await crs('run', '--rules', 'rules', '--json')).stdout).success, 1);
  const failed = await crs('run', '--rules', 'nowhere');
  assert.equal(failed.exitCode, 3);
  assert.match(failed.stderr, /the rules in nowhere cannot be read/);
});
