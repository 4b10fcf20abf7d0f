// That changes of files are told once they have settled, whatever way they were made.

import assert from 'node:assert/strict';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { FileWatch } from '../../../proxy/tls/file-watch.ts';
import { until } from '../../support/proxy.ts';
import { type TempFolder, tempFolder } from '../../support/temp-folder.ts';

const changes: readonly (readonly [string, (folder: TempFolder) => void])[] = [
  ['written over', (folder) => folder.write('a', 'two')],
  [
    'replaced by another',
    (folder) => {
      folder.write('next', 'two');
      renameSync(folder.of('next'), folder.of('a'));
    },
  ],
  [
    'reached by a link that leads elsewhere',
    (folder) => {
      folder.write('deep/b', 'two');
      symlinkSync('deep/b', folder.of('link'));
      renameSync(folder.of('link'), folder.of('a'));
    },
  ],
  ['gone', (folder) => rmSync(folder.of('a'))],
];

for (const [what, change] of changes)
  test(`a file that is ${what} is told, its neighbour is not`, async () => {
    using folder = tempFolder({ a: 'one', neighbour: 'one' });
    const told: string[] = [];
    const watch = new FileWatch([folder.of('a'), folder.of('neighbour')], (paths) => told.push(...paths));
    try {
      await watch.ready();
      change(folder);
      await until(
        () => told.length > 0,
        () => 'nothing was told',
      );
      assert.deepEqual(told, [folder.of('a')]);
    } finally {
      watch.close();
    }
  });

test('a link that stays is followed to the folder that it leads to', async () => {
  using folder = tempFolder({ 'deep/real': 'one' });
  symlinkSync('deep/real', folder.of('a'));
  const told: string[] = [];
  const watch = new FileWatch([folder.of('a')], (paths) => told.push(...paths));
  try {
    await watch.ready();
    folder.write('deep/real', 'two');
    await until(
      () => told.length > 0,
      () => 'nothing was told',
    );
  } finally {
    watch.close();
  }
});
