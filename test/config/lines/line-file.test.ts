// Lines written in batches: all of them, in order, never waited for; what cannot be written is counted and told.

import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, readFile, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bufferLimits } from '#config/limits';
import { LineFile } from '#config/lines/line-file';
import { createLogger } from '#config/log';

function logger() {
  const lines: string[] = [];
  return { lines, log: createLogger('test', 'info', { write: (line) => void lines.push(line) }) };
}

test('lines arrive whole and in order, behind what was there', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lines-'));
  const path = join(folder.path, 'file');
  for (const round of ['a', 'b']) {
    const file = await LineFile.open(path, logger().log);
    for (let index = 0; index < 1000; index += 1) file.append(`${round}${index}\n`);
    await file.close();
  }
  const lines = (await readFile(path, 'utf8')).split('\n');
  assert.deepEqual([lines.length, lines[0], lines[999], lines[1000], lines[1999]], [2001, 'a0', 'a999', 'b0', 'b999']);
});

test('a full disk costs lines, which are counted; that is said once, and how many at the end', async () => {
  const { lines, log } = logger();
  const full = await LineFile.open('/dev/full', log);
  for (const line of ['one\n', 'two\n', 'three\n']) {
    full.append(line);
    await full.reopen(); // what was written so far has failed by then
  }
  await full.close();
  assert.equal(full.droppedTotal, 3);
  const [failed, dropped, ...more] = lines.map((line) => JSON.parse(line));
  assert.deepEqual([failed.event, failed.path, /ENOSPC/.test(failed.error)], ['log-failed', '/dev/full', true]);
  assert.deepEqual([dropped.event, dropped.lines, more], ['access-log-dropped', 3, []]);
});

test('a full buffer costs the newest lines, which are counted and told', async () => {
  const { lines, log } = logger();
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lines-'));
  const slow = await LineFile.open(join(folder.path, 'file'), log);
  const big = `${'x'.repeat(bufferLimits.accessLogHeldBytesMax / 4 - 1)}\n`;
  // One is being written at once, four are held, the rest has no room.
  for (let index = 0; index < 7; index += 1) slow.append(big);
  await slow.close();
  assert.equal(slow.droppedTotal, 2);
  assert.match(lines.join(''), /"lines":2.*access-log-dropped/);
});

test('opened anew, lines go to the file of that name as it is then, and a batch is in one of the two', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lines-'));
  const [path, old] = [join(folder.path, 'file'), join(folder.path, 'old')];
  const file = await LineFile.open(path, logger().log);
  const line = `${'x'.repeat(bufferLimits.accessLogBatchBytes)}\n`;
  for (let index = 0; index < 20; index += 1) file.append(line);
  await rename(path, old);
  await Promise.all([file.reopen(), file.reopen()]); // two signals at once are one
  for (let index = 0; index < 5; index += 1) file.append(line);
  await file.close();
  const texts = await Promise.all([old, path].map((one) => readFile(one, 'utf8')));
  assert(texts.every((text) => text.endsWith('\n') && text.length % line.length === 0));
  assert.equal(texts.join('').length, 25 * line.length);
  assert((texts[1]?.length ?? 0) >= 5 * line.length);
});

test('a folder that is gone leaves the file open that is written to', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lines-'));
  const path = join(folder.path, 'sub', 'file');
  await mkdir(join(folder.path, 'sub'));
  const file = await LineFile.open(path, logger().log);
  await rename(join(folder.path, 'sub'), join(folder.path, 'moved'));
  await assert.rejects(file.reopen(), /ENOENT/);
  file.append('kept\n');
  await file.close();
  assert.equal(await readFile(join(folder.path, 'moved', 'file'), 'utf8'), 'kept\n');
});

test('put aside and opened anew: no line is lost, and none is in both', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lines-'));
  const path = join(folder.path, 'file');
  const file = await LineFile.open(path, logger().log);
  for (let index = 0; index < 500; index += 1) file.append(`a${index}\n`);
  await rename(path, `${path}.1`);
  const reopened = file.reopen();
  for (let index = 0; index < 500; index += 1) file.append(`b${index}\n`);
  await reopened;
  file.append('last\n');
  await file.close();
  const both = `${await readFile(`${path}.1`, 'utf8')}${await readFile(path, 'utf8')}`.trimEnd().split('\n');
  assert.deepEqual([both.length, new Set(both).size, both.at(-1)], [1001, 1001, 'last']);
  assert.match(await readFile(path, 'utf8'), /last\n$/);
});

test('a file that cannot be opened is an error before anything is served', async () => {
  await assert.rejects(LineFile.open('/no/such/folder/file', logger().log), /ENOENT/);
});
