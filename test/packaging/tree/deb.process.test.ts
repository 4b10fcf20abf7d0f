// The Debian package of a small tree, as dpkg reads it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { execa } from 'execa';
import { makeDeb } from '../../../packaging/tree/deb.ts';
import { smallTree } from './small-tree.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const isMissing = await execa('dpkg-deb', ['--version'], { reject: false }).then(({ failed }) => failed);
const skip = isMissing ? 'dpkg-deb is missing: NOT TESTED' : false;
const small = smallTree(root);
after(() => small[Symbol.dispose]());
const file = isMissing ? '' : await makeDeb(small.packing('one'));

test('what it says of itself', { skip }, async () => {
  assert.match(file, /sentinel-stack_9\.8\.7-1_amd64\.deb$/);
  const { stdout } = await execa('dpkg-deb', ['--field', file]);
  const fields = Object.fromEntries([...stdout.matchAll(/^([\w-]+): (.*)$/gm)].map(([, name, value]) => [name, value]));
  assert.partialDeepStrictEqual(fields, {
    Package: 'sentinel-stack',
    Version: '9.8.7-1',
    Architecture: 'amd64',
    Recommends: 'modsecurity-crs',
  });
  assert.match(fields['Depends'] ?? '', /libatomic1/);
});

test("files are root's, of one time, in Debian's places; scripts run, nothing else is made to", { skip }, async () => {
  const { stdout } = await execa('dpkg-deb', ['--contents', file], { env: { TZ: 'UTC' } });
  const lines = stdout.split('\n').map((line) => line.trim().split(/\s+/));
  for (const [, owner, , day] of lines) assert.deepEqual([owner, day], ['root/root', '2001-09-09']);
  const rights = new Map(lines.map(([mode = '', , , , , path = '']) => [path, mode]));
  for (const [path, mode] of [
    ['./usr/bin/sentinel-stack', '-rwxr-xr-x'],
    ['./usr/lib/sentinel-stack/after-upgrade', '-rwxr-xr-x'],
    ['./usr/lib/sentinel-stack/stack/main.js', '-rw-r--r--'],
    ['./usr/share/zsh/vendor-completions/_sentinel-stack', '-rw-r--r--'],
    ['./etc/apparmor.d/sentinel-stack', '-rw-r--r--'],
    ['./usr/share/lintian/overrides/sentinel-stack', '-rw-r--r--'],
  ] as const)
    assert.equal(rights.get(path), mode, path);
  assert(![...rights.keys()].some((path) => /system-preset|site-functions|apparmor-profile/.test(path)));
});

test("dpkg's own check of files holds, and what the operator changes is named", { skip }, async () => {
  const tree = small.of('unpacked');
  await execa('dpkg-deb', ['--raw-extract', file, tree]);
  const { stdout } = await execa('md5sum', ['--check', 'DEBIAN/md5sums'], { cwd: tree });
  assert(stdout.split('\n').length > 8 && !/FAILED/.test(stdout), stdout);
  const conffiles = readFileSync(join(tree, 'DEBIAN/conffiles'), 'utf8').trim().split('\n');
  for (const path of conffiles)
    assert(!stdout.includes(`${path.slice(1)}:`), `${path} is no file that must not change`);
  const { stdout: found } = await execa('find', ['etc', '-type', 'f', '-printf', '/%p\\n'], { cwd: tree });
  assert.deepEqual(found.split('\n').toSorted(), conffiles.toSorted());
});

test('made again, at another time and with another umask, it has the same bytes', { skip }, async () => {
  const before = process.umask(0o077);
  try {
    const again = await makeDeb(small.packing('two'));
    assert(readFileSync(again).equals(readFileSync(file)));
  } finally {
    process.umask(before);
  }
});
