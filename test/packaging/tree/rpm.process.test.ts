// The RPM of a small tree, as rpm reads it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { execa } from 'execa';
import { makeRpm } from '../../../packaging/tree/rpm.ts';
import { smallTree } from './small-tree.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const isMissing = await execa('rpmbuild', ['--version'], { reject: false }).then(({ failed }) => failed);
const skip = isMissing ? 'rpmbuild is missing: NOT TESTED' : false;
const small = smallTree(root);
after(() => small[Symbol.dispose]());
const file = isMissing ? '' : await makeRpm(small.packing('one'));

const query = async (...words: readonly string[]) =>
  (await execa('rpm', ['--dbpath', small.of('rpmdb'), '--query', '--package', ...words, file])).stdout;

test('what it says of itself', { skip }, async () => {
  assert.match(file, /sentinel-stack-9\.8\.7-1\.x86_64\.rpm$/);
  assert.equal(
    await query('--queryformat', '%{NAME} %{VERSION} %{BUILDHOST} %{BUILDTIME}'),
    'sentinel-stack 9.8.7 reproducible 1000000000',
  );
  const scripts = await query('--scripts');
  for (const name of ['preinstall', 'postinstall', 'preuninstall', 'postuninstall'])
    assert.match(scripts, new RegExp(`^${name} scriptlet`, 'm'));
  assert.doesNotMatch(scripts, /@[A-Z]+@/, 'no word of the template is left');
});

test('configuration is kept as the operator has it, pages are marked, folders of ours are owned', {
  skip,
}, async () => {
  assert.deepEqual((await query('--configfiles')).split('\n').toSorted(), [
    '/etc/sentinel-stack/exclusions.d/local.conf',
    '/etc/sentinel-stack/sentinel.kdl',
  ]);
  assert.deepEqual((await query('--docfiles')).split('\n').toSorted(), [
    '/usr/share/doc/sentinel-stack/copyright',
    '/usr/share/man/man1/sentinel-stack.1.gz',
  ]);
  const files = await query('--queryformat', '[%{FILENAMES} %{FILEMODES:perms} %{FILEGROUPNAME}\n]');
  assert.match(files, /^\/etc\/sentinel-stack drwxr-x--- sentinel-stack$/m);
  assert.match(files, /^\/usr\/lib\/sentinel-stack drwxr-xr-x root$/m);
  assert.doesNotMatch(files, /^\/usr\/(?:bin|lib|share|share\/man) /m, "others' folders are not ours");
});

test('made again it has the same bytes', { skip }, async () => {
  assert(readFileSync(await makeRpm(small.packing('two'))).equals(readFileSync(file)));
});
