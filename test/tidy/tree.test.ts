// The tree with git and without: the same files, nothing that is ignored, nothing that is not text.

import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { readTree } from './tree.ts';

const files = {
  '.gitignore': 'node_modules/\n',
  '.ci/run': 'make test\n',
  'stack/run.ts': '// Runs.\n',
  'node_modules/x/index.js': 'x',
  'docs/picture.png': 'a\0b',
};
const wanted = ['.ci/run', '.gitignore', 'stack/run.ts'];

async function makeProject() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'sentinel-tidy-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder.path, dirname(path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return folder;
}

test('without git the folders are walked', async () => {
  await using folder = await makeProject();
  assert.deepEqual(
    readTree(folder.path).map((file) => file.path),
    wanted,
  );
});

test('with git: tracked, and not yet tracked; a file that is deleted is gone', async () => {
  await using folder = await makeProject();
  const git = execa({ cwd: folder.path });
  await git`git init --quiet`;
  await git`git add stack`;
  await writeFile(join(folder.path, 'new.md'), 'new');
  assert.deepEqual(
    readTree(folder.path).map((file) => file.path),
    [...wanted, 'new.md'].sort(),
  );
  await git`rm stack/run.ts`;
  assert(!readTree(folder.path).some((file) => file.path === 'stack/run.ts'));
});

test('a file comes with its text', async () => {
  await using folder = await makeProject();
  assert.equal(readTree(folder.path).find((file) => file.path === '.ci/run')?.text, 'make test\n');
});
