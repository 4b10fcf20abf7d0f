// A minimal Debian 12 without Node, to install packages in: made once by debootstrap, kept in the cache folder, copied
// for each run. It refuses to be used outside of the namespaces that namespace.ts makes: what is mounted in it must go
// when the run ends, however it ends.

import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const cacheFolder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sentinel-stack');
const mirror = process.env['DEBIAN_MIRROR'] || 'http://deb.debian.org/debian';

/** What our package depends on and a minimal system lacks: the test has no network to fetch it from. */
const needed = ['libatomic1', 'libstdc++6'];
const flavours = {
  minimal: [...needed, 'systemd-standalone-sysusers', 'systemd-standalone-tmpfiles'],
  systemd: [...needed, 'systemd-sysv', 'dbus'],
} as const;

export async function keepTree(flavour: keyof typeof flavours, say: (line: string) => void): Promise<string> {
  const kept = join(cacheFolder, `debian-12-${flavour}`);
  if (existsSync(kept)) return kept;
  say(`debian    debootstrap of a ${flavour} tree, once: one to two minutes`);
  const partial = `${kept}.${process.pid}`;
  await mkdir(cacheFolder, { recursive: true });
  const options = ['--variant=minbase', `--include=${flavours[flavour].join(',')}`];
  await execa('debootstrap', [...options, 'bookworm', partial, mirror], { stdout: 'ignore' });
  await rename(partial, kept);
  return kept;
}

/** A copy with what a running system has mounted; processes of other users are hidden, as the unit hides them. */
export async function copyMountedTree(from: string, to: string): Promise<void> {
  await copyTree(from, to);
  await execa('mount', ['-t', 'proc', '-o', 'hidepid=invisible', 'proc', join(to, 'proc')]);
  await execa('mount', ['--bind', '/dev', join(to, 'dev')]);
  await execa('mount', ['-t', 'tmpfs', 'tmpfs', join(to, 'run')]);
  await writeFile(join(to, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
}

export async function copyTree(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await execa('cp', ['-a', '--reflink=auto', from, to]);
}

/** Every path, but for what belongs to the package managers and to what is mounted. */
export async function listTree(tree: string): Promise<ReadonlySet<string>> {
  const { stdout } = await execa('find', [tree, '-xdev', '-printf', '%P\n']);
  const notOurs =
    /^(?:proc|dev|run|sys|tmp)(?:\/|$)|^var\/(?:lib\/(?:dpkg|rpm)|cache|log\/(?:dpkg|alternatives|journal|[bw]tmp|lastlog)|lib\/(?:systemd\/(?!deb-)|dbus|private))|^(?:usr\/lib\/sysimage|root\/\.rpmdb)|^etc\/(?:\.pwd\.lock|(?:passwd|group|shadow|gshadow|subuid|subgid)-$)/;
  return new Set(stdout.split('\n').filter((path) => path !== '' && !notOurs.test(path)));
}
