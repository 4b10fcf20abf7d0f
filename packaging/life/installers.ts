// The two package managers, as a life of a package needs them: both work on a tree from outside or inside, and say what
// their scripts said.

import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';

export interface Said {
  readonly code: number;
  readonly text: string;
}

export interface Installer {
  readonly name: 'deb' | 'rpm';
  install(file: string): Promise<Said>;
  /** Another version, newer or older. */
  upgrade(file: string): Promise<Said>;
  remove(): Promise<Said>;
  /** `undefined`: this package manager knows no such thing. */
  readonly purge: (() => Promise<Said>) | undefined;
}

export function dpkgIn(tree: string): Installer {
  const install = async (file: string) => {
    await copyFile(file, join(tree, 'tmp', basename(file)));
    return run('chroot', [tree, 'dpkg', '--install', join('/tmp', basename(file))]);
  };
  return {
    name: 'deb',
    install,
    upgrade: install,
    remove: () => run('chroot', [tree, 'dpkg', '--remove', 'sentinel-stack']),
    purge: () => run('chroot', [tree, 'dpkg', '--purge', 'sentinel-stack']),
  };
}

/** The tree is Debian's and rpm knows nothing of what is in it: so `--nodeps`. */
export function rpmIn(tree: string): Installer {
  const rpm = (...words: readonly string[]) => run('rpm', ['--root', tree, ...words]);
  return {
    name: 'rpm',
    install: (file) => rpm('--install', '--nodeps', file),
    upgrade: (file) => rpm('--upgrade', '--oldpackage', '--nodeps', file),
    remove: () => rpm('--erase', 'sentinel-stack'),
    purge: undefined,
  };
}

async function run(command: string, words: readonly string[]): Promise<Said> {
  const { exitCode = 1, all } = await execa(command, words, {
    reject: false,
    all: true,
    stdin: 'ignore',
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  return { code: exitCode, text: all };
}
