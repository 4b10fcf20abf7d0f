// The package managers as a life asks them: which words they get, and that the file is where they look for it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dpkgIn } from '../../../packaging/life/installers.ts';
import { tempFolder } from '../../support/temp-folder.ts';

test('dpkg installs what has been put into the tree', async () => {
  using folder = tempFolder({ 'p.deb': 'a package', 'tree/var/cache/x': '' });
  const dpkg = dpkgIn(folder.of('tree'), ['echo', 'in']);
  assert.deepEqual(await dpkg.install(folder.of('p.deb')), { code: 0, text: 'in dpkg --install /var/cache/p.deb' });
  assert.equal(readFileSync(folder.of('tree/var/cache/p.deb'), 'utf8'), 'a package');
  assert.equal((await dpkg.upgrade(folder.of('p.deb'))).text, 'in dpkg --install /var/cache/p.deb');
  assert.equal((await dpkg.remove()).text, 'in dpkg --remove sentinel-stack');
  assert.equal((await dpkg.purge?.())?.text, 'in dpkg --purge sentinel-stack');
});

test('what fails is told with its code and words', async () => {
  const failing = dpkgIn('/', ['sh', '-c', 'echo no >&2; exit 7']);
  assert.deepEqual(await failing.remove(), { code: 7, text: 'no' });
});
