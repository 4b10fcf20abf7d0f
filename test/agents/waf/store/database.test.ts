// The SQLite file: bounds, several that write into it, and what SQLite complains of.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Database, faultOf } from '../../../../agents/waf/store/database.ts';
import { folderWith } from '../agent-support.ts';
import { scoringSet, storedOf } from './support.ts';

const MiB = 1024 * 1024;
const one = storedOf(scoringSet(), { target: '/?x=<script' });

test('rows go in all or none; the oldest and those over the number go', async () => {
  await using folder = await folderWith({});
  const database = new Database(join(folder.path, 'db'), MiB);
  database.insert([1, 2, 3, 4].map((at) => ({ ...one, at })));
  assert.equal(database.count(), 4);
  database.tidy(2, 10, 100);
  assert.equal(database.count(), 3);
  database.tidy(0, 2, 100);
  assert.equal(database.count(), 2);
  assert.throws(() => database.insert([{ ...one, id: undefined as unknown as string }, one]));
  assert.equal(database.count(), 2);
  database.close();
});

test('a file that is full says so', async () => {
  await using folder = await folderWith({});
  const database = new Database(join(folder.path, 'db'), MiB);
  const large = { ...one, body: 'y'.repeat(2 * MiB) };
  assert.throws(
    () => database.insert([large]),
    (error) => faultOf(error) === 'full',
  );
  database.close();
});

test('two that write take turns, and one that is kept waiting is told', async () => {
  await using folder = await folderWith({});
  const path = join(folder.path, 'db');
  const [first, second] = [new Database(path, MiB), new Database(path, MiB)];
  first.insert([one]);
  second.insert([one]);
  assert.equal(first.count(), 2);
  first.close();
  second.close();
});

test('a file of another kind is known as broken', async () => {
  await using folder = await folderWith({ db: 'this is no database, '.repeat(100) });
  assert.throws(
    () => new Database(join(folder.path, 'db'), MiB),
    (error) => faultOf(error) === 'broken',
  );
  assert.equal(faultOf(new Error('else')), 'other');
});
