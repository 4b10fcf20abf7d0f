// Records as a file each: where they stand, how long they stay, and what a disk that says no costs.

import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from '#config/log';
import { RecordFolder } from '../../../agents/waf/record-folder.ts';
import { folderWith } from './agent-support.ts';

const day = 86_400_000;
const at = Date.parse('2026-11-28T14:02:11.500Z');

function logged() {
  const lines: Record<string, unknown>[] = [];
  return { lines, log: createLogger('t', 'info', { write: (line: string) => lines.push(JSON.parse(line)) }) };
}

test('by day and minute, readable by nobody else, whatever the id is', async () => {
  await using home = await folderWith({});
  const folder = join(home.path, 'audit');
  const records = await RecordFolder.open({ folder, daysMax: 0 }, logged().log);
  const path = records.put('one', '../../x\n', at);
  await records.close();
  assert.equal(path, '20261128/1402/20261128-140211-______x_');
  assert.equal(await readFile(join(folder, path ?? ''), 'utf8'), 'one');
  assert.equal((await stat(join(folder, path ?? ''))).mode & 0o777, 0o600);
});

test('days before the last few are removed; what is not ours stays', async () => {
  await using home = await folderWith({ 'notes.txt': '' });
  const records = await RecordFolder.open({ folder: home.path, daysMax: 2 }, logged().log);
  for (const days of [0, 1, 2, 3]) records.put('x', 'a', at + days * day);
  await records.close();
  assert.deepEqual((await readdir(home.path)).toSorted(), ['20261130', '20261201', 'notes.txt']);
});

test('a disk that is too slow: what waits has an end', async () => {
  await using home = await folderWith({});
  const records = await RecordFolder.open({ folder: home.path, daysMax: 0 }, logged().log);
  const places = Array.from({ length: 1500 }, (_, index) => records.put('x', String(index), at));
  assert.equal(places.filter((place) => place === undefined).length, 500);
  await records.close();
});

test('a folder that cannot be written to is told of once, and that it works again', {
  skip: process.getuid?.() === 0 && 'root may write everywhere',
}, async () => {
  await using home = await folderWith({});
  const { lines, log } = logged();
  const records = await RecordFolder.open({ folder: home.path, daysMax: 0 }, log);
  await chmod(home.path, 0o500);
  records.put('x', 'a', at);
  records.put('x', 'b', at);
  await records.close();
  await chmod(home.path, 0o700);
  records.put('x', 'c', at);
  await records.close();
  assert.deepEqual(
    lines.map(({ event }) => event),
    ['log-failed', 'log-resumed'],
  );
});
