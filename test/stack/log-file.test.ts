// The log in a file: put aside by size and age, opened anew, and a disk that is full.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RotationRules } from '#config/rotation';
import { LogFile } from '../../stack/log-file.ts';
import { folderWith } from '../support/terminal.ts';

interface Told {
  readonly failed: string[];
  readonly resumed: number[];
}

async function opened(changes: Partial<RotationRules> = {}) {
  const folder = await folderWith({});
  const path = join(folder.path, 'stack.log');
  const told: Told = { failed: [], resumed: [] };
  let now = Date.now();
  const rules = { path, maxSize: 1000, maxAgeMs: 0, maxFiles: 2, ...changes };
  const listener = {
    failed: (why: string) => void told.failed.push(why),
    resumed: (n: number) => void told.resumed.push(n),
  };
  const file = new LogFile(rules, listener, () => now);
  /** Written and on the disk. */
  const put = async (text: string) => {
    file.write(text);
    await file.close();
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return Object.assign(folder, { file, told, put, log: path, pass });
}

test('lines are appended, many with one write', async () => {
  await using log = await opened();
  log.file.write('a\n');
  log.file.write('b\n');
  await log.put('c\n');
  assert.equal(await readFile(log.log, 'utf8'), 'a\nb\nc\n');
});

test('over its size it is put aside, and no more than so many are kept', async () => {
  await using log = await opened({ maxSize: 10 });
  for (const text of ['first-------\n', 'second------\n', 'third-------\n', 'fourth------\n']) {
    log.file.write(text);
    await log.file.settled();
  }
  await log.file.close();
  assert.deepEqual((await readdir(log.path)).toSorted(), ['stack.log', 'stack.log.1', 'stack.log.2']);
  assert.equal(await readFile(`${log.log}.2`, 'utf8'), 'second------\n');
  assert.equal(await readFile(log.log, 'utf8'), 'fourth------\n');
});

test('the same when it is old', async () => {
  await using log = await opened({ maxAgeMs: 60_000 });
  log.file.write('old\n');
  await log.file.settled();
  log.pass(61_000);
  await log.put('new\n');
  assert.equal(await readFile(`${log.log}.1`, 'utf8'), 'old\n');
  assert.equal(await readFile(log.log, 'utf8'), 'new\n');
});

test('put aside by somebody else: after a reopening the new one is written', async () => {
  await using log = await opened();
  log.file.write('before\n');
  await log.file.settled();
  await rename(log.log, `${log.log}.moved`);
  log.file.reopen();
  await log.put('after\n');
  assert.equal(await readFile(`${log.log}.moved`, 'utf8'), 'before\n');
  assert.equal(await readFile(log.log, 'utf8'), 'after\n');
});

test('what cannot be written is told once, counted, and told again when it can', async () => {
  await using log = await opened();
  await mkdir(log.log); // a folder in its place
  for (let line = 0; line < 3; line += 1) {
    log.file.write('lost\n');
    await log.file.settled();
  }
  assert.equal(log.told.failed.length, 1);
  await rm(log.log, { recursive: true });
  log.pass(5001);
  await log.put('back\n');
  assert.deepEqual(log.told.resumed, [3]);
  assert.equal(await readFile(log.log, 'utf8'), 'back\n');
});

test('a full disk costs lines and one warning', { skip: !existsSync('/dev/full') }, async () => {
  await using log = await opened({ path: '/dev/full', maxSize: 1_000_000 });
  await log.put('x\n');
  assert.match(log.told.failed[0] ?? '', /ENOSPC/);
});
