// The configuration of the stack that is tested, as the reader of configurations takes it.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../../config/load.ts';
import { endId, stackFolder } from '../../../crs-tests/stack/configuration.ts';
import { folderWith } from '../../support/terminal.ts';

test('it is right, and rules stand in the order that the corpus needs', async () => {
  await using folder = await folderWith({ 'crs/setup.conf': '', 'crs/rules/"odd" \\name.conf': '' });
  const [setup, rule] = [join(folder.path, 'crs/setup.conf'), join(folder.path, 'crs/rules/"odd" \\name.conf')];
  const path = join(folder.path, 'own');
  const made = stackFolder({
    folder: path,
    rules: { setup: [setup], rules: [rule] },
    backend: '127.0.0.1:1',
    processes: 2,
  });
  await mkdir(join(path, 'run'), { recursive: true });
  for (const [file, text] of made.files)
    await mkdir(dirname(file), { recursive: true }).then(() => writeFile(file, text));
  const loaded = loadConfig(made.configuration);
  assert('config' in loaded, JSON.stringify(loaded, undefined, 2));
  const { waf, listeners } = loaded.config;
  assert.deepEqual(waf?.rules, [setup, join(path, 'test-settings.conf'), rule, join(path, 'end.conf')]);
  assert.deepEqual([listeners[0]?.strictness, waf?.mode, waf?.paranoiaLevel], ['waf-lab', 'detection', 4]);
  assert.match(made.files.get(join(path, 'end.conf')) ?? '', new RegExp(`id:${endId},phase:5`));
});
