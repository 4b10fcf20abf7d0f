// Where rules are: words, folders, files, patterns.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lookForRules, ourRules, ruleFilesDigest, ruleFilesOf } from '#config/rule-files';
import { makeSource } from '#config/source';

async function folderOf(...names: string[]) {
  const path = await mkdtemp(join(tmpdir(), 'rules-'));
  for (const name of names) {
    await mkdir(join(path, name, '..'), { recursive: true });
    await writeFile(join(path, name), '');
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

const spanIn = (folder: string) => ({ source: makeSource('s.kdl', '', join(folder, 's.kdl')), start: 0, end: 0 });

test('paths are relative to the file that names them; what is not there is said', async () => {
  await using folder = await folderOf('a.conf', 'crs/rules/b.conf', 'empty/x.txt');
  const look = (written: string) => lookForRules(written, spanIn(folder.path), {});
  assert.equal(look('sentinel'), ourRules);
  assert.equal(look('a.conf'), join(folder.path, 'a.conf'));
  assert.equal(look('*.conf'), join(folder.path, '*.conf'));
  assert.equal(look('crs'), look('crs')); // a word, not the folder
  assert.equal(look('./crs'), join(folder.path, 'crs'));
  for (const missing of ['b.conf', 'empty', 'x*.conf', '*/a.conf'])
    assert.equal(typeof look(missing), 'object', missing);
});

test('files with their lists; a change of any of them is seen', async () => {
  await using folder = await folderOf(
    'crs/rules/b.conf',
    'crs/rules/words.data',
    'crs/crs-setup.conf.example',
    'crs/plugins/p-before.conf',
    'crs/README.md',
  );
  const files = ruleFilesOf([join(folder.path, 'crs')]);
  assert.deepEqual(files.map((file) => file.slice(folder.path.length)).toSorted(), [
    '/crs/crs-setup.conf.example',
    '/crs/plugins/p-before.conf',
    '/crs/rules/b.conf',
    '/crs/rules/words.data',
  ]);
  assert.equal(ruleFilesOf([join(folder.path, 'crs', 'rules', '*.conf')]).length, 2);
  const before = ruleFilesDigest(files);
  assert.equal(ruleFilesDigest(files), before);
  await utimes(join(folder.path, 'crs', 'rules', 'words.data'), 1, 1);
  assert.notEqual(ruleFilesDigest(files), before);
  assert.notEqual(ruleFilesDigest(files.slice(1)), ruleFilesDigest(files));
});
