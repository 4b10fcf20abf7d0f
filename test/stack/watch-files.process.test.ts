// Files that change, vanish and are replaced, as editors, packages and orchestrators do it.

import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileWatch } from '../../stack/watch-files.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { eventually } from './processes.ts';

async function watching(files: readonly string[]) {
  const seen = { changes: 0 };
  const count = () => {
    seen.changes += 1;
  };
  const watch = new FileWatch(files, count, 20);
  await sleep(60); // three looks: what is there now is known
  return {
    watch,
    /** One change is seen for what `act` does, and no second one. */
    async expectOne(act: () => Promise<unknown>) {
      const before = seen.changes;
      await act();
      await eventually('the change to be seen', () => seen.changes > before);
      await sleep(100);
      assert.equal(seen.changes, before + 1);
    },
    seen,
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}

test('written in place, replaced by a rename, removed, made again: each is one change', async () => {
  using folder = tempFolder({ 'a.kdl': 'one' });
  const file = folder.of('a.kdl');
  using watched = await watching([file]);
  await watched.expectOne(() => writeFile(file, 'other'));
  await watched.expectOne(async () => {
    await writeFile(folder.of('new'), 'three');
    await rename(folder.of('new'), file);
  });
  await watched.expectOne(() => rm(file));
  await watched.expectOne(() => writeFile(file, 'again'));
});

test('a link that is turned to another folder, and a file that is new beside the ones known', async () => {
  using folder = tempFolder();
  for (const name of ['v1', 'v2']) {
    await mkdir(folder.of(name));
    await writeFile(folder.of(`${name}/a.kdl`), name);
  }
  await symlink('v1', folder.of('current'));
  using watched = await watching([folder.of('current/a.kdl')]);
  await watched.expectOne(async () => {
    await symlink('v2', folder.of('next'));
    await rename(folder.of('next'), folder.of('current'));
  });
  await watched.expectOne(() => writeFile(folder.of('v2/b.kdl'), 'new'));
});

test('while a file is being written nothing is told', async () => {
  using folder = tempFolder({ 'a.kdl': '' });
  using watched = await watching([folder.of('a.kdl')]);
  for (let piece = 1; piece <= 30; piece += 1) {
    await writeFile(folder.of('a.kdl'), 'x'.repeat(piece));
    await sleep(10);
  }
  const during = watched.seen.changes;
  await eventually('the change to be seen', () => watched.seen.changes > during);
  assert(during <= 2, `${during} changes were told of a file that was being written`);
});

test('other files from now on', async () => {
  using folder = tempFolder({ 'a.kdl': 'a' });
  using other = tempFolder({ 'b.kdl': 'b' });
  using watched = await watching([folder.of('a.kdl')]);
  watched.watch.watch([other.of('b.kdl')]);
  await sleep(60);
  await watched.expectOne(() => writeFile(other.of('b.kdl'), 'changed'));
  const before = watched.seen.changes;
  await writeFile(folder.of('a.kdl'), 'changed');
  await sleep(100);
  assert.equal(watched.seen.changes, before);
});
