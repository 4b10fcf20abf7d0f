// What counts as left behind in a tree, and what does not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyTree, listTree } from '../../../packaging/life/minimal-tree.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const ours = [
  'etc/sentinel-stack/sentinel.kdl',
  'usr/bin/x',
  'var/lib/systemd/deb-systemd-helper-enabled/x',
  'tmpfiles',
];
const notOurs = [
  'run/x',
  'tmp/x',
  'var/cache/x',
  'var/lib/dpkg/status',
  'var/lib/systemd/timers/x',
  'var/log/journal/x',
];

test("files of package managers and of what is mounted are not ours; what dpkg's helpers leave is", async () => {
  using folder = tempFolder(Object.fromEntries([...ours, ...notOurs].map((path) => [`tree/${path}`, ''])));
  await copyTree(folder.of('tree'), folder.of('copy'));
  const found = await listTree(folder.of('copy'));
  assert.deepEqual([ours.filter((path) => found.has(path)), notOurs.filter((path) => found.has(path))], [ours, []]);
});
