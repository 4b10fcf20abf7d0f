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
  install(file: string): Promise<Said>;
  /** Another version, newer or older. */
  upgrade(file: string): Promise<Said>;
  remove(): Promise<Said>;
  /** `undefined`: this package manager knows no such thing. */
  readonly purge: (() => Promise<Said>) | undefined;
}

/** `enter`: what stands before a command line that is to run in the tree. */
export function dpkgIn(tree: string, enter: readonly string[] = ['chroot', tree]): Installer {
  const dpkg = (...words: readonly string[]) => run(enter[0] ?? '', [...enter.slice(1), 'dpkg', ...words]);
  const install = async (file: string) => {
    const path = join('/var/cache', basename(file)); // a booted tree has a /tmp of its own
    await copyFile(file, join(tree, path));
    return dpkg('--install', path);
  };
  return {
    install,
    upgrade: install,
    remove: () => dpkg('--remove', 'sentinel-stack'),
    purge: () => dpkg('--purge', 'sentinel-stack'),
  };
}

/** The tree is Debian's and rpm knows nothing of what is in it: so `--nodeps`. */
export function rpmIn(tree: string): Installer {
  const rpm = (...words: readonly string[]) => run('rpm', ['--root', tree, ...words]);
  return {
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
