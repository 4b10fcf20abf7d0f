// The staged tree as an RPM, by rpmbuild. The shaping decision: rpmbuild compiles, strips and searches nothing; it packs
// the tree, with the scripts beside it. It refuses macros of one distribution.

import { glob, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { maintainer, type Packing } from './deb.ts';
import type { Arch } from './engine.ts';
import { write } from './stage.ts';

const revision = '1';
const rpmArch: Readonly<Record<Arch, string>> = { x64: 'x86_64', arm64: 'aarch64' };

export async function makeRpm(packing: Packing): Promise<string> {
  const { work, outdir, edition, arch, isQuick } = packing;
  const top = join(work, 'rpm');
  await rm(top, { recursive: true, force: true });
  await write(join(top, 'sentinel-stack.spec'), await specFile(packing));
  const definitions = Object.entries({
    _topdir: top,
    _buildhost: 'reproducible',
    _build_id_links: 'none',
    _binary_payload: isQuick === true ? 'w1.gzdio' : 'w19.zstdio',
    __os_install_post: '%{nil}',
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
    _docdir: '/usr/share/doc',
  }).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  await execa(
    'rpmbuild',
    ['-bb', '--quiet', '--target', rpmArch[arch], ...definitions, join(top, 'sentinel-stack.spec')],
    {
      env: { SOURCE_DATE_EPOCH: String(edition.epochSecs) },
    },
  );
  const name = `sentinel-stack-${edition.version}-${revision}.${rpmArch[arch]}.rpm`;
  await mkdir(outdir, { recursive: true });
  await rename(join(top, 'RPMS', rpmArch[arch], name), join(outdir, name));
  return join(outdir, name);
}

async function specFile({ root, staged, edition }: Packing): Promise<string> {
  const day = new Date(edition.epochSecs * 1000).toUTCString();
  const [, weekday, date, month, year] = /^(\w+), (\d+) (\w+) (\d+)/.exec(day) ?? [];
  const template = await readFile(join(root, 'packaging/files/sentinel-stack.spec'), 'utf8');
  const values: Readonly<Record<string, string>> = {
    '@VERSION@': edition.version,
    '@REVISION@': revision,
    '@STAGED@': staged,
    '@PACKAGER@': maintainer,
    '@DAY@': `${weekday} ${month} ${date} ${year}`,
    '@FILES@': (await filesOf(staged)).join('\n'),
  };
  return template.replaceAll(/@[A-Z]+@/g, (word) => values[word] ?? word);
}

// And those of shells, which may not be installed: who comes first makes them, who goes last removes them.
const ownFolders =
  /^(?:(?:usr\/lib|usr\/share|usr\/share\/doc|etc)\/sentinel-stack(?:\/|$)|usr\/share\/(?:fish|zsh)(?:\/|$))/;

/** Every file, and the folders that are ours; what is below /etc stays as the operator has it. */
async function filesOf(staged: string): Promise<string[]> {
  const paths = (await Array.fromAsync(glob('**/*', { cwd: staged }))).sort();
  const lines = await Promise.all(
    paths.map(async (path) => {
      const isFolder = (await stat(join(staged, path))).isDirectory();
      if (isFolder) return ownFolders.test(path) ? [`%dir ${rightsOf(path)}"/${path}"`] : [];
      return [`${wordOf(path)}"/${path}"`];
    }),
  );
  return lines.flat();
}

function rightsOf(path: string): string {
  return path === 'etc/sentinel-stack' ? '%attr(0750,root,sentinel-stack) ' : '';
}

function wordOf(path: string): string {
  if (path.startsWith('etc/')) return '%config(noreplace) ';
  if (path.startsWith('usr/share/doc/') || path.startsWith('usr/share/man/')) return '%doc ';
  return '';
}
