// Files of records: appended to, put aside, found again when somebody else put them aside.

import assert from 'node:assert/strict';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from '#config/log';
import { RecordFile } from '../../../agents/waf/record-files.ts';
import { eventually } from '../../stack/processes.ts';
import { folderWith } from './agent-support.ts';

const quiet = createLogger('test', 'error', { write: () => undefined });
const rules = { maxSize: 0, maxAgeMs: 0, maxFiles: 2 };

test('lines reach the file, each with its end', async () => {
  await using folder = await folderWith({});
  const path = join(folder.path, 'a.log');
  const file = await RecordFile.open({ path, ...rules }, quiet);
  file.append('one');
  file.append('two\n');
  await file.close();
  assert.equal(await readFile(path, 'utf8'), 'one\ntwo\n');
});

test('a file that grew is put aside; one that another process put aside is begun anew', async () => {
  await using folder = await folderWith({});
  const path = join(folder.path, 'a.log');
  const file = await RecordFile.open({ path, ...rules, maxSize: 4 }, quiet);
  file.append('first');
  await eventually('it is put aside', () => readFile(`${path}.1`, 'utf8').catch(() => undefined));
  await rename(path, `${path}.moved`).catch(() => undefined);
  await eventually('a line in a new file', async () => {
    file.append('x');
    return (await readFile(path, 'utf8').catch(() => '')) !== '' ? true : undefined;
  });
  await file.close();
});

test('a folder that is not there', async () => {
  await assert.rejects(RecordFile.open({ path: '/nowhere/a.log', ...rules }, quiet), /ENOENT/);
});
