// A staged tree of a few files, with everything that makers of formats move, mark or leave out.

import { chmodSync } from 'node:fs';
import type { Packing } from '../../../packaging/tree/deb.ts';
import { type TempFolder, tempFolder } from '../../support/temp-folder.ts';

export const epochSecs = 1_000_000_000; // 2001-09-09
const staged = {
  'etc/sentinel-stack/sentinel.kdl': 'a configuration\n',
  'etc/sentinel-stack/exclusions.d/local.conf': '# rules\n',
  'usr/bin/sentinel-stack': '#!/bin/sh\n',
  'usr/lib/sentinel-stack/bin/node': 'machine code',
  'usr/lib/sentinel-stack/after-upgrade': '#!/bin/sh\n',
  'usr/lib/sentinel-stack/stack/main.js': 'a bundle\n',
  'usr/lib/systemd/system/sentinel-stack.service': '[Service]\n',
  'usr/lib/systemd/system-preset/90-sentinel-stack.preset': 'enable\n',
  'usr/share/sentinel-stack/apparmor-profile': 'profile\n',
  'usr/share/zsh/site-functions/_sentinel-stack': '#compdef\n',
  'usr/share/doc/sentinel-stack/copyright': 'a licence\n',
  'usr/share/man/man1/sentinel-stack.1.gz': 'a page\n',
} as const;

/** The sources come from the clone, so what is packed besides the tree is what is always packed. */
export function smallTree(root: string): TempFolder & { readonly packing: (name: string) => Packing } {
  const folder = tempFolder(Object.fromEntries(Object.entries(staged).map(([path, text]) => [`staged/${path}`, text])));
  for (const path of Object.keys(staged).filter((one) => /\/(?:bin\/|after-upgrade$)/.test(`/${one}`)))
    chmodSync(folder.of(`staged/${path}`), 0o755);
  const packing = (name: string): Packing => ({
    root,
    staged: folder.of('staged'),
    work: folder.of(`work-${name}`),
    outdir: folder.of(name),
    edition: { version: '9.8.7', epochSecs },
    arch: 'x64',
    isQuick: true,
  });
  return { ...folder, packing };
}
