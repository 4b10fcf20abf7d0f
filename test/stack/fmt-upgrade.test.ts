// `fmt --upgrade` on files, with a step that stands here: all files or none, and what it says.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandTable } from '../../stack/command-table.ts';
import { upgradeFiles } from '../../stack/fmt-upgrade.ts';
import { folderWith, type } from '../support/terminal.ts';
import { recorder } from './recorder.ts';

const step = { from: 1, rewrite: ({ text }: { readonly text: string }) => text.replaceAll('size-max', 'max-size') };
const old = {
  'sentinel.kdl': 'schema-version   "1"\ninclude "more.kdl"\n',
  'more.kdl': 'log { size-max 5 } // ours\n',
};

async function upgraded(cwd: string, check: boolean) {
  const [stdout, stderr] = [recorder(false), recorder(false)];
  const context = {
    stdout,
    stderr,
    env: {},
    cwd,
    json: false,
    commands: commandTable,
    onSignal: () => () => undefined,
  };
  const code = await upgradeFiles(context, Object.keys(old), check, [step], 2);
  const texts = await Promise.all(Object.keys(old).map((name) => readFile(join(cwd, name), 'utf8')));
  return { code, stdout: stdout.text(), stderr: stderr.text(), texts };
}

test('files of an older version become ones of the newest, laid out', async () => {
  await using folder = await folderWith(old);
  const would = await upgraded(folder.path, true);
  assert.deepEqual(would.texts, Object.values(old));
  assert.deepEqual([would.code, would.stdout], [1, 'would change  sentinel.kdl\nwould change  more.kdl\n']);
  const { code, stdout, stderr, texts } = await upgraded(folder.path, false);
  assert.equal(stderr, '');
  assert.deepEqual([code, stdout], [0, 'version 1 -> 2  sentinel.kdl\nversion 1 -> 2  more.kdl\n']);
  assert.deepEqual(texts, ['schema-version "2"\ninclude "more.kdl"\n', 'log { max-size 5 } // ours\n']);
  const again = await upgraded(folder.path, false);
  assert.deepEqual(
    [again.code, again.stdout],
    [0, '2 files of version 2 of the language, the newest: nothing to upgrade\n'],
  );
});

test('a file that is broken or missing keeps all of them as they are', async () => {
  await using folder = await folderWith(old);
  await writeFile(join(folder.path, 'more.kdl'), 'log {');
  const { code, stderr, texts } = await upgraded(folder.path, false);
  assert.equal(code, 1);
  assert.match(stderr, /more\.kdl:1:1: error: this block is never closed/);
  assert.deepEqual(texts, [old['sentinel.kdl'], 'log {']);
});

test('as typed: there is one version, which stays byte for byte; others are refused', async () => {
  await using folder = await folderWith({
    'sentinel.kdl': 'schema-version   "1"',
    'far.kdl': 'schema-version "7"',
    'odd.kdl': 'schema-version "1.0"',
  });
  const { code, stdout } = await type('fmt --upgrade', { cwd: folder.path });
  assert.deepEqual([code, stdout], [0, '1 file of version 1 of the language, the newest: nothing to upgrade\n']);
  assert.equal(await readFile(join(folder.path, 'sentinel.kdl'), 'utf8'), 'schema-version   "1"');
  const far = await type('fmt --upgrade far.kdl', { cwd: folder.path });
  assert.equal(far.code, 1);
  assert.match(far.stderr, /far\.kdl:1:16: error: .*version 7 .*knows version 1 \[config-schema-version\]/);
  assert.equal((await type('fmt --upgrade odd.kdl', { cwd: folder.path })).code, 1);
  const json = await type('fmt --upgrade --json', { cwd: folder.path });
  assert.deepEqual(JSON.parse(json.stdout), { files: [{ file: 'sentinel.kdl', outcome: 'unchanged' }] });
});
