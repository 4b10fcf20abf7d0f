// The staged tree as one archive to unpack anywhere, and as a package for npm. Both are made by tar with every name in
// order, one time and one owner. The shaping decision: the archive is the tree without `usr/`, where the launcher finds
// its programs beside itself; what is for npm brings Node as a dependency, which npm fetches for the machine. It refuses
// to run anything at installation.

import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Packing } from './deb.ts';
import { home } from './placed.ts';
import { settle, write } from './stage.ts';

export async function makeArchive({ staged, work, outdir, edition, arch }: Packing): Promise<string> {
  const name = `sentinel-stack-${edition.version}-linux-${arch}`;
  const tree = join(work, 'tar', name);
  await rm(join(work, 'tar'), { recursive: true, force: true });
  await cp(join(staged, 'usr'), tree, { recursive: true });
  await cp(join(staged, 'etc'), join(tree, 'etc'), { recursive: true });
  await rename(join(tree, 'lib', 'systemd'), join(tree, 'share', 'systemd')); // for those who want them, at paths of theirs
  await settle(tree, edition.epochSecs);
  return tar(join(work, 'tar'), name, join(outdir, `${name}.tar.xz`), ['xz', '-6', '--threads=1']);
}

/** `npm install ./FILE` gives the command `sentinel-stack`. */
export async function makeNpm(packing: Packing): Promise<string> {
  const { root, staged, work, outdir, edition, arch } = packing;
  const tree = join(work, 'npm', 'package');
  await rm(join(work, 'npm'), { recursive: true, force: true });
  await cp(join(staged, home), tree, { recursive: true });
  await rm(join(tree, 'bin'), { recursive: true });
  await rm(join(tree, 'after-upgrade'));
  await write(join(tree, 'bin', 'sentinel-stack'), await readFile(join(root, 'packaging/files/npm-launcher')), 0o755);
  for (const name of ['README.md', 'LICENSE']) await write(join(tree, name), await readFile(join(root, name)));
  await write(join(tree, 'package.json'), `${JSON.stringify(await manifest(packing), undefined, 2)}\n`);
  await settle(tree, edition.epochSecs);
  const file = join(outdir, `sentinel-stack-${edition.version}-${arch}.tgz`);
  return tar(join(work, 'npm'), 'package', file, ['gzip', '-9n']);
}

async function manifest({ root, edition, arch }: Packing): Promise<unknown> {
  const { description, license, dependencies, optionalDependencies } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  const node = `node-linux-${arch}`;
  return {
    name: 'sentinel-stack',
    version: edition.version,
    description,
    license,
    type: 'module',
    bin: { 'sentinel-stack': 'bin/sentinel-stack' },
    os: ['linux'],
    cpu: [arch],
    libc: ['glibc'],
    dependencies: { [node]: optionalDependencies[node], re2: dependencies.re2 },
    bundleDependencies: ['re2'], // built; its own package would compile for minutes
  };
}

async function tar(from: string, name: string, file: string, filter: readonly string[]): Promise<string> {
  await mkdir(join(file, '..'), { recursive: true });
  const settled = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--format=ustar'];
  await execa('tar', [...settled, '-C', from, `--use-compress-program=${filter.join(' ')}`, '-cf', file, name]);
  return file;
}
