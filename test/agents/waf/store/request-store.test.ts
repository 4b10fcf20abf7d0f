// Gathering and writing what was refused: bounds, files that cannot be used, others that write.

import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openForReading } from '../../../../agents/waf/store/read-store.ts';
import { RequestStore } from '../../../../agents/waf/store/request-store.ts';
import { folderWith } from '../agent-support.ts';
import { scoringSet, storedOf } from './support.ts';

const MiB = 1024 * 1024;
const one = storedOf(scoringSet(), { target: '/?x=<script' });

function open(path: string, more: Partial<Parameters<typeof RequestStore.open>[0]> = {}, warnings: string[] = []) {
  const warn = (problem: string) => warnings.push(problem);
  return RequestStore.open({ path, maxRequests: 100, maxSize: MiB, maxAgeMs: 1e9, warn, now: () => 2000, ...more });
}

function countIn(path: string): number {
  const store = openForReading([path]);
  assert(!('problem' in store));
  using opened = store;
  return opened.count;
}

test('what is put is there after a flush, for nobody else to read', async () => {
  await using folder = await folderWith({});
  const path = join(folder.path, 'db');
  const store = await open(path);
  assert(store !== undefined);
  assert(store.hasRoom());
  store.put(one);
  store.flush();
  assert.equal(countIn(path), 1);
  assert.deepEqual(store.counts, { written: 1, dropped: 0 });
  for (const name of await readdir(folder.path)) assert.equal((await stat(join(folder.path, name))).mode & 0o077, 0);
  store.close();
});

test('so many a second; the others are counted', async () => {
  await using folder = await folderWith({});
  const store = await open(join(folder.path, 'db'));
  assert(store !== undefined);
  let kept = 0;
  for (let index = 0; index < 250; index += 1)
    if (store.hasRoom()) {
      store.put(one);
      kept += 1;
    }
  store.close();
  assert.equal(kept, 200);
  assert.deepEqual(store.counts, { written: 200, dropped: 50 });
});

test('a file that is full loses its oldest, also to more than fits at once', async () => {
  await using folder = await folderWith({});
  const path = join(folder.path, 'db');
  const store = await open(path);
  assert(store !== undefined);
  for (let at = 0; at < 40; at += 1) store.put({ ...one, at, body: 'y'.repeat(60_000) });
  store.flush();
  const reader = openForReading([path]);
  assert(!('problem' in reader));
  const times = [...reader.latest(100)].map(({ at }) => at);
  reader[Symbol.dispose]();
  assert.equal(times[0], 39);
  assert(times.length > 5 && times.length < 20, String(times.length));
  store.close();
});

test('a broken file is put aside with a word; a place that cannot be used costs a word and nothing else', async () => {
  await using folder = await folderWith({ db: 'this is no database, '.repeat(100) });
  const warnings: string[] = [];
  const path = join(folder.path, 'db');
  const store = await open(path, {}, warnings);
  store?.put(one);
  store?.close();
  assert.equal(countIn(path), 1);
  assert.match(warnings.join('\n'), /cannot be read; the file is now .*db\.broken/);
  assert.equal(await open(join(folder.path, 'none', 'db'), {}, warnings), undefined);
  assert.match(warnings[1] ?? '', /refused requests are not kept, since .* cannot be used: ENOENT/);
});

test('several processes of the firewall have one file', async () => {
  await using folder = await folderWith({});
  const path = join(folder.path, 'db');
  const stores = await Promise.all([open(path), open(path), open(path)]);
  for (const store of stores) for (let index = 0; index < 20; index += 1) store?.put(one);
  for (const store of stores) store?.flush();
  for (const store of stores) store?.close();
  assert.equal(countIn(path), 60);
});
