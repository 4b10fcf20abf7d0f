// Looking things up in what was recorded.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Database } from '../../../../agents/waf/store/database.ts';
import { openForReading } from '../../../../agents/waf/store/read-store.ts';
import { folderWith } from '../agent-support.ts';
import { scoringSet, storedOf } from './support.ts';

const one = storedOf(scoringSet(), { target: '/?x=<script' });

test('by an id or the beginning of one; the latest first', async () => {
  await using folder = await folderWith({});
  const path = join(folder.path, 'db');
  const database = new Database(path, 1024 * 1024);
  database.insert(['aa1', 'aa2', 'b_%', 'aa'].map((id, at) => ({ ...one, id, at })));
  database.close();
  const store = openForReading([join(folder.path, 'none'), path]);
  assert(!('problem' in store));
  using opened = store;
  const idOf = (id: string) => {
    const found = opened.find(id);
    return typeof found === 'object' ? found.id : found;
  };
  assert.deepEqual(
    [idOf('aa1'), idOf('b'), idOf('aa'), idOf('a'), idOf('_'), idOf('%')],
    ['aa1', 'b_%', 'aa', 'many', undefined, undefined],
  );
  assert.deepEqual(
    [...opened.latest(2)].map(({ id }) => id),
    ['aa', 'b_%'],
  );
});

test('no file, or one that is none: why', async () => {
  await using folder = await folderWith({ db: 'this is no database, '.repeat(100) });
  const none = openForReading([join(folder.path, 'none')]);
  assert('problem' in none && /no requests are recorded that this user may read: looked for .*none/.test(none.problem));
  const broken = openForReading([join(folder.path, 'db')]);
  assert('problem' in broken && /cannot be read: file is not a database/.test(broken.problem));
});
