// The staged tree as a Debian package, by dpkg-deb. The shaping decision: the package is the tree with Debian's own places
// for three files and the maintainer scripts beside it. It refuses debhelper: what those scripts do stands in them.

import { createHash } from 'node:crypto';
import { cp, glob, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { Arch } from './engine.ts';
import type { Edition } from './manual.ts';
import { doc, share } from './placed.ts';
import { packed, settle, write } from './stage.ts';

export interface Packing {
  readonly root: string; // the clone
  readonly staged: string;
  readonly work: string; // a folder that may be used and removed
  readonly outdir: string;
  readonly edition: Edition;
  readonly arch: Arch;
  readonly isQuick?: boolean; // larger, in a fraction of the time: for trials
}

export const maintainer = 'sentinel-stack maintainers <maintainers@sentinel-stack.invalid>';
const revision = '1';
const debianArch: Readonly<Record<Arch, string>> = { x64: 'amd64', arm64: 'arm64' };
const conffiles = [
  '/etc/sentinel-stack/sentinel.kdl',
  '/etc/sentinel-stack/exclusions.d/local.conf',
  '/etc/apparmor.d/sentinel-stack',
];

/** Returns the path of the package. */
export async function makeDeb(packing: Packing): Promise<string> {
  const { staged, work, outdir, edition, arch, isQuick } = packing;
  const tree = join(work, 'deb');
  await rm(tree, { recursive: true, force: true });
  await cp(staged, tree, { recursive: true, preserveTimestamps: true });
  await moveToDebiansPlaces(tree);
  await addDebiansFiles(packing, tree);
  await addControl(packing, tree);
  await settle(tree, edition.epochSecs);
  for (const script of scripts) await setMode(join(tree, 'DEBIAN', script));
  const file = join(outdir, `sentinel-stack_${edition.version}-${revision}_${debianArch[arch]}.deb`);
  await mkdir(outdir, { recursive: true });
  await execa(
    'dpkg-deb',
    [
      '--root-owner-group',
      ...(isQuick === true ? ['-Zgzip', '-z1'] : ['-Zxz']),
      '--threads-max=1',
      '--build',
      tree,
      file,
    ],
    {
      env: { SOURCE_DATE_EPOCH: String(edition.epochSecs) },
    },
  );
  return file;
}

const scripts = ['postinst', 'prerm', 'postrm'] as const;

async function setMode(path: string): Promise<void> {
  await execa('chmod', ['0755', path]);
}

const moves: readonly (readonly [from: string, to: string])[] = [
  ['usr/share/zsh/site-functions/_sentinel-stack', 'usr/share/zsh/vendor-completions/_sentinel-stack'],
  [`${share}/apparmor-profile`, 'etc/apparmor.d/sentinel-stack'],
];

async function moveToDebiansPlaces(tree: string): Promise<void> {
  for (const [from, to] of moves) {
    await mkdir(dirname(join(tree, to)), { recursive: true });
    await rename(join(tree, from), join(tree, to));
  }
  await rm(join(tree, 'usr/share/zsh/site-functions'), { recursive: true });
  await rm(join(tree, 'usr/lib/systemd/system-preset'), { recursive: true }); // Debian starts what it installs
}

async function addDebiansFiles({ root, edition }: Packing, tree: string): Promise<void> {
  const overrides = await readFile(join(root, 'packaging/files/lintian-overrides'));
  await write(join(tree, 'usr/share/lintian/overrides/sentinel-stack'), overrides);
  const when = new Date(edition.epochSecs * 1000).toUTCString().replace('GMT', '+0000');
  const text = [
    `sentinel-stack (${edition.version}-${revision}) unstable; urgency=medium`,
    '',
    `  * Version ${edition.version}; what changed is in changelog.gz.`,
    '',
    ` -- ${maintainer}  ${when}`,
    '',
  ].join('\n');
  await write(join(tree, doc, 'changelog.Debian.gz'), packed(text));
}

async function addControl({ root, edition, arch }: Packing, tree: string): Promise<void> {
  const files = (await Array.fromAsync(glob('**/*', { cwd: tree }))).sort();
  const { lines, kilobytes } = await sumsOf(tree, files);
  const control = join(tree, 'DEBIAN');
  await write(join(control, 'md5sums'), lines.map((line) => `${line}\n`).join(''));
  await write(join(control, 'conffiles'), conffiles.map((path) => `${path}\n`).join(''));
  await write(join(control, 'control'), controlFile(edition, arch, kilobytes));
  for (const script of scripts)
    await write(join(control, script), await readFile(join(root, `packaging/files/deb-${script}`)), 0o755);
}

async function sumsOf(tree: string, files: readonly string[]): Promise<{ lines: string[]; kilobytes: number }> {
  const lines: string[] = [];
  let kilobytes = 0;
  for (const path of files) {
    const status = await stat(join(tree, path));
    kilobytes += status.isFile() ? Math.ceil(status.size / 1024) : 1;
    if (!status.isFile() || conffiles.includes(`/${path}`)) continue;
    const sum = createHash('md5') // what dpkg --verify compares with: against accidents, not against people
      .update(await readFile(join(tree, path)))
      .digest('hex');
    lines.push(`${sum}  ${path}`);
  }
  return { lines, kilobytes };
}

/** libatomic: Node is linked with it, and no minimal system has it. libc 2.34: what re2 is built against on Debian 12. */
function controlFile({ version }: Edition, arch: Arch, kilobytes: number): string {
  return [
    'Package: sentinel-stack',
    `Version: ${version}-${revision}`,
    `Architecture: ${debianArch[arch]}`,
    `Maintainer: ${maintainer}`,
    `Installed-Size: ${kilobytes}`,
    'Depends: libc6 (>= 2.34), libstdc++6 (>= 11), libgcc-s1, libatomic1, passwd, systemd | systemd-standalone-sysusers | systemd-sysusers, systemd | systemd-standalone-tmpfiles | systemd-tmpfiles',
    'Recommends: modsecurity-crs',
    'Suggests: apparmor, prometheus',
    'Section: net',
    'Priority: optional',
    'Description: reverse proxy and its agents, kept running by one command',
    ' A supervisor, a reverse proxy for HTTP/1.1 and TLS, and agents that are asked',
    ' about requests, as one service of one host: started, watched, restarted, and',
    ' reloaded without a failed request.',
    ' .',
    ' The package brings its own Node.js. As it is installed it listens on loopback',
    ' alone and refuses crude attacks; /etc/sentinel-stack/sentinel.kdl says what',
    ' else it is to do.',
    '',
  ].join('\n');
}
