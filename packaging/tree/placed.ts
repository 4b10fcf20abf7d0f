// Where each file of packaging/files and of the clone goes in an installation: the table that the staged tree, and by it
// every format, is made from. It refuses to hold what is made by a program; stage.ts makes that.

export interface Placed {
  readonly from: string; // a pattern, from the root of the clone
  readonly to: string; // a file, or a folder if it ends with `/`
  readonly mode: number;
  readonly isPacked?: boolean; // with gzip, as Debian wants pages to be
}

const file = 0o644;
const program = 0o755;
export const home = 'usr/lib/sentinel-stack';
export const share = 'usr/share/sentinel-stack';
export const doc = 'usr/share/doc/sentinel-stack';

export const placed: readonly Placed[] = [
  { from: 'packaging/files/launcher', to: 'usr/bin/sentinel-stack', mode: program },
  { from: 'packaging/files/after-upgrade', to: `${home}/after-upgrade`, mode: program },
  { from: 'packaging/files/sentinel.kdl', to: 'etc/sentinel-stack/sentinel.kdl', mode: file },
  { from: 'packaging/files/exclusions.conf', to: 'etc/sentinel-stack/exclusions.d/local.conf', mode: file },
  { from: 'packaging/files/sentinel-stack.service', to: 'usr/lib/systemd/system/sentinel-stack.service', mode: file },
  { from: 'packaging/files/sentinel-stack.socket', to: 'usr/lib/systemd/system/sentinel-stack.socket', mode: file },
  { from: 'packaging/files/preset', to: 'usr/lib/systemd/system-preset/50-sentinel-stack.preset', mode: file },
  { from: 'packaging/files/sysusers.conf', to: 'usr/lib/sysusers.d/sentinel-stack.conf', mode: file },
  { from: 'packaging/files/tmpfiles.conf', to: 'usr/lib/tmpfiles.d/sentinel-stack.conf', mode: file },
  { from: 'packaging/files/apparmor-profile', to: `${share}/apparmor-profile`, mode: file },
  { from: 'packaging/files/alerts.yml', to: `${share}/alerts.yml`, mode: file },
  { from: 'packaging/files/dashboard.json', to: `${share}/dashboard.json`, mode: file },
  { from: 'README.md', to: `${doc}/`, mode: file, isPacked: true },
  { from: 'SECURITY.md', to: `${doc}/`, mode: file, isPacked: true },
  { from: 'docs/*.md', to: `${doc}/docs/`, mode: file, isPacked: true },
  { from: 'docs/agent.py', to: `${doc}/docs/`, mode: file },
  { from: 'config/examples/*', to: `${doc}/examples/`, mode: file },
];

/** Folders for the operator's own files. */
export const emptyFolders: readonly string[] = ['etc/sentinel-stack/conf.d'];
