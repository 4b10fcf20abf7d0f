// How `fmt` reads and replaces a file.

import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandTable } from '../../stack/command-table.ts';
import { readSource, replaceFile, sayResults } from '../../stack/fmt-files.ts';
import { folderWith } from '../support/terminal.ts';
import { recorder } from './recorder.ts';

function contextIn(cwd: string, json = false) {
  const [stdout, stderr] = [recorder(false), recorder(false)];
  return { stdout, stderr, env: {}, cwd, json, commands: commandTable, onSignal: () => () => undefined };
}

test('what is no text is refused in words, or as data', async () => {
  await using folder = await folderWith({ 'good.kdl': 'a 1' });
  const context = contextIn(folder.path);
  assert.partialDeepStrictEqual(await readSource(context, 'good.kdl'), {
    file: 'good.kdl',
    path: join(folder.path, 'good.kdl'),
    text: 'a 1',
  });
  assert.equal(await readSource(context, 'none.kdl'), undefined);
  assert.match(context.stderr.text(), /cannot read none\.kdl \(ENOENT\) \[config-not-found\]/);
  const forMachines = contextIn(folder.path, true);
  assert.equal(await readSource(forMachines, 'none.kdl'), undefined);
  assert.partialDeepStrictEqual(JSON.parse(forMachines.stderr.text()), { error: { code: 'config-not-found' } });
});

test('a file that is replaced keeps its rights, and nothing is left beside it', async () => {
  await using folder = await folderWith({ 'a.kdl': 'a 1' });
  const path = join(folder.path, 'a.kdl');
  await chmod(path, 0o600);
  await replaceFile(path, 'a 2');
  assert.deepEqual([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777], ['a 2', 0o600]);
  assert.deepEqual(await readdir(folder.path), ['a.kdl']);
  await assert.rejects(replaceFile(join(folder.path, 'none.kdl'), ''), /ENOENT/);
});

test('those that changed are named, the others counted', () => {
  const context = contextIn('/');
  sayResults(context, [{ file: 'a', outcome: 'changed' }], 'laid out');
  sayResults(context, [{ file: 'a', outcome: 'unchanged' }], 'laid out');
  sayResults(context, [{ file: 'a', outcome: 'refused' }], 'laid out');
  assert.equal(context.stdout.text(), 'laid out  a\n1 file, nothing to change\n');
});
