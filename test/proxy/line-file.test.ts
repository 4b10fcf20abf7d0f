// Lines written in batches: all of them, in order, never waited for; what cannot be written is counted and told.

import assert from 'node:assert/strict';
import { mkdtempDisposable, readFile, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bufferLimits } from '#config/limits';
import { createLogger } from '#config/log';
import { LineFile } from '../../proxy/line-file.ts';

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

test('a full disk and a full buffer cost lines, which are counted and told', async () => {
  const { lines, log } = logger();
  const full = await LineFile.open('/dev/full', log);
  full.append('one\n');
  full.append('two\n');
  await full.close();
  assert.equal(full.droppedTotal, 2);
  assert.match(lines.join(''), /"lines":2.*access-log-dropped/);
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lines-'));
  const slow = await LineFile.open(join(folder.path, 'file'), logger().log);
  const big = `${'x'.repeat(bufferLimits.accessLogHeldBytesMax / 4 - 1)}\n`;
  // One is being written at once, four are held, the rest has no room.
  for (let index = 0; index < 7; index += 1) slow.append(big);
  await slow.close();
  assert.equal(slow.droppedTotal, 2);
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
