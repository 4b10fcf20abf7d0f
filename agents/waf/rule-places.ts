// Which files the rules are, in which order: a folder that is laid out as the Core Rule Set is read in CRS's own order
// (its setup, plugins before, rules, plugins after), any other in the order of names; files and patterns as they stand.
// It reads names of files and nothing in them.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export async function rulePaths(places: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const place of places) found.push(...((await isFolder(place)) ? await pathsIn(place) : [place]));
  return found;
}

async function pathsIn(folder: string): Promise<string[]> {
  const [setup, rules, plugins] = [
    await setupIn(folder),
    await confIn(join(folder, 'rules')),
    await confIn(join(folder, 'plugins')),
  ];
  const isPlugin = (end: string) => plugins.filter((path) => path.endsWith(`-${end}.conf`));
  if (rules.length === 0) return [...(await confIn(folder))];
  return [...setup, ...isPlugin('config'), ...isPlugin('before'), ...rules, ...isPlugin('after')];
}

/** Debian keeps it away from the rules, where an administrator edits it. */
async function setupIn(folder: string): Promise<string[]> {
  const places = [
    join(folder, 'crs-setup.conf'),
    ...(folder === debianRules ? [debianSetup] : []),
    join(folder, 'crs-setup.conf.example'),
  ];
  for (const place of places) if (await isFile(place)) return [place];
  return [];
}

const debianRules = '/usr/share/modsecurity-crs';
const debianSetup = '/etc/modsecurity/crs/crs-setup.conf';

async function confIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.conf'))
    .toSorted()
    .map((name) => join(folder, name));
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
