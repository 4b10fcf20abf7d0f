// `fmt` on files: what it changes, what it refuses, and that a refused file stays byte for byte.

import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { folderWith, type } from '../../support/terminal.ts';

const read = (folder: { path: string }, name: string) => readFile(join(folder.path, name), 'utf8');

test('the file of the folder and what it includes', async () => {
  await using folder = await folderWith({
    'sentinel.kdl': 'include   "more.kdl"\nsystem{ }',
    'more.kdl': 'limits {\nmax-connections   5 // five\n}',
    'other.kdl': 'a   1',
  });
  const { code, stdout } = await type('fmt', { cwd: folder.path });
  assert.deepEqual([code, stdout], [0, 'laid out  sentinel.kdl\nlaid out  more.kdl\n']);
  assert.equal(await read(folder, 'more.kdl'), 'limits {\n    max-connections 5 // five\n}\n');
  assert.equal(await read(folder, 'other.kdl'), 'a   1');
  assert.equal((await type('fmt', { cwd: folder.path })).stdout, '2 files, nothing to change\n');
});

test('--check changes nothing and exits with 1', async () => {
  await using folder = await folderWith({ 'a.kdl': 'a   1', 'b.kdl': 'b 1\n' });
  const { code, stdout } = await type('fmt --check a.kdl b.kdl', { cwd: folder.path });
  assert.deepEqual([code, stdout], [1, 'would change  a.kdl\n']);
  assert.equal(await read(folder, 'a.kdl'), 'a   1');
  assert.equal((await type('fmt --check b.kdl', { cwd: folder.path })).code, 0);
});

test('a file with problems stays as it is; the others are laid out', async () => {
  await using folder = await folderWith({ 'bad.kdl': 'a {\n  b   1', 'good.kdl': 'a   1' });
  const { code, stderr } = await type('fmt bad.kdl good.kdl', { cwd: folder.path });
  assert.equal(code, 1);
  assert.match(stderr, /bad\.kdl:1:1: error: this block is never closed/);
  assert.equal(await read(folder, 'bad.kdl'), 'a {\n  b   1');
  assert.equal(await read(folder, 'good.kdl'), 'a 1\n');
});

test('links are followed, rights kept, nothing left beside', async () => {
  await using folder = await folderWith({ 'real.kdl': 'a   1' });
  await chmod(join(folder.path, 'real.kdl'), 0o640);
  await symlink('real.kdl', join(folder.path, 'link.kdl'));
  await type('fmt link.kdl', { cwd: folder.path });
  assert.equal(await read(folder, 'real.kdl'), 'a 1\n');
  assert.equal((await stat(join(folder.path, 'real.kdl'))).mode & 0o777, 0o640);
  assert.deepEqual((await readdir(folder.path)).toSorted(), ['link.kdl', 'real.kdl']);
});

test('a missing file', async () => {
  await using folder = await folderWith({});
  const { code, stderr } = await type('fmt nowhere.kdl', { cwd: folder.path });
  assert.equal(code, 1);
  assert.match(stderr, /error: cannot read nowhere\.kdl \(ENOENT\) \[config-not-found\]/);
});
