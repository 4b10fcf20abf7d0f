// A log that is written while it is read.

import assert from 'node:assert/strict';
import { appendFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { LogTail } from '../../../crs-tests/wire/log-tail.ts';
import { folderWith } from '../../support/terminal.ts';

test('whole lines since it was opened, as bytes', async () => {
  await using folder = await folderWith({ log: 'old\nhalf' });
  const path = join(folder.path, 'log');
  await using log = await LogTail.open(path);
  assert.deepEqual(await log.read(), []);
  await appendFile(path, Buffer.from(' done\n\xff\nbegun', 'latin1'));
  assert.deepEqual(await log.read(), [' done', '\xff']);
  await appendFile(path, ' ended\n');
  assert.deepEqual(await log.read(), ['begun ended']);
  assert.deepEqual(await log.read(), []);
});

test('a file that is cut or put aside goes on from its start, and no line is lost', async () => {
  await using folder = await folderWith({ log: 'old\n' });
  const path = join(folder.path, 'log');
  await using log = await LogTail.open(path);
  await appendFile(path, 'last of the old\n');
  await rename(path, `${path}.1`);
  await writeFile(path, 'first of the new\n');
  assert.deepEqual(await log.read(), ['last of the old', 'first of the new']);
  await truncate(path);
  await log.read();
  await appendFile(path, 'after\n');
  assert.deepEqual(await log.read(), ['after']);
});

test('a line without end is bounded', async () => {
  await using folder = await folderWith({ log: '' });
  const path = join(folder.path, 'log');
  await using log = await LogTail.open(path);
  await appendFile(path, 'x'.repeat(3 * 1024 * 1024));
  assert.deepEqual(await log.read(), []);
  await appendFile(path, '\nnext\n');
  const [long, next] = await log.read();
  assert.deepEqual([long?.length, next], [1024 * 1024, 'next']);
});

test('a file that is not there is said at once', async () => {
  await assert.rejects(LogTail.open('/nowhere/at/all.log'), /ENOENT/);
});
