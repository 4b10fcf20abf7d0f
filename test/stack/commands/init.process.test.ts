// `init` writes a good file once, and never over another.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { profileNames } from '#config/starter';
import { folderWith, type } from '../../support/terminal.ts';

for (const profile of profileNames) {
  test(`init --profile ${profile}: what it wrote passes check and fmt --check`, async () => {
    await using folder = await folderWith({});
    const written = await type(`init --profile ${profile}`, { cwd: folder.path });
    assert.equal(written.code, 0);
    assert.match(written.stdout, /^wrote sentinel\.kdl\n/);
    assert.equal((await type('check', { cwd: folder.path })).code, 0);
    assert.equal((await type('fmt --check', { cwd: folder.path })).code, 0);
    const dry = await type(['up', '--dry-run', '--runtime-dir', `${folder.path}/run`], { cwd: folder.path });
    assert.deepEqual([dry.code, dry.stderr], [0, '']);
  });
}

test('a file that is there stays', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': 'mine' });
  const { code, stderr } = await type('init', { cwd: folder.path });
  assert.equal(code, 1);
  assert.match(stderr, /^error: sentinel\.kdl is there already \[file-exists\]\n {2}name another file/);
  assert.equal(await readFile(join(folder.path, 'sentinel.kdl'), 'utf8'), 'mine');
});

test('an unknown profile is a usage error with a suggestion', async () => {
  const { code, stderr } = await type('init --profile apy');
  assert.equal(code, 2);
  assert.match(stderr, /did you mean 'api'\?/);
});

test('what is to be changed is named; without a word it is a site behind the firewall', async () => {
  await using folder = await folderWith({});
  const { stdout } = await type('init --profile static site.kdl', { cwd: folder.path });
  assert.match(
    stdout,
    /^wrote site\.kdl\n {2}change its folder, then: sentinel-stack check site\.kdl, sentinel-stack up -c site\.kdl\n$/,
  );
  await type('init', { cwd: folder.path });
  assert.match(await readFile(join(folder.path, 'sentinel.kdl'), 'utf8'), /^waf \{$/m);
});
