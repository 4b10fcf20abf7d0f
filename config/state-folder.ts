// Where what outlives a stack is kept: rule sets that were installed, what was written down about refused requests. The
// service's folder for the service and for root, a user's own otherwise. Pure. It refuses to make anything.

import { join } from 'node:path';

export const serviceStateFolder = '/var/lib/sentinel-stack';

/** By what systemd says, by who we are, by where users keep such things (XDG base directories). */
export function stateFolder(env: Readonly<Record<string, string | undefined>>, isRoot: boolean): string {
  const { STATE_DIRECTORY: ofService = '', XDG_STATE_HOME: ofUser = '', HOME: home = '' } = env;
  const [first = ''] = ofService.split(':');
  if (first !== '') return first;
  if (isRoot) return serviceStateFolder;
  if (ofUser.startsWith('/')) return join(ofUser, 'sentinel-stack');
  return home.startsWith('/') ? join(home, '.local', 'state', 'sentinel-stack') : serviceStateFolder;
}

/** Installed Core Rule Sets: a folder for each version, and links to the one in use and the one before. */
export const crsFolderName = 'crs';
export const crsCurrent = 'current';
export const crsPrevious = 'previous';
