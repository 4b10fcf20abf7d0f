// Which files the rules are, in which order: a folder that is laid out as the Core Rule Set is read in CRS's own order
// (its setup, plugins before, rules, plugins after), any other in the order of names; files and patterns as they stand.
// It reads names of files and nothing in them.

import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { debianCrs } from '#config/rule-files';

export async function rulePaths(places: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const place of places) found.push(...((await isFolder(place)) ? await pathsIn(place) : [place]));
  return found;
}

async function pathsIn(folder: string): Promise<string[]> {
  const { setup, rules } = await folderPaths(folder);
  return [...setup, ...rules];
}

export interface FolderPaths {
  readonly setup: readonly string[]; // what an administrator sets, before everything else
  readonly rules: readonly string[];
}

export async function folderPaths(folder: string): Promise<FolderPaths> {
  const [rules, plugins] = [await confIn(join(folder, 'rules')), await confIn(join(folder, 'plugins'))];
  if (rules.length === 0) return { setup: [], rules: await confIn(folder) };
  const { before, after } = await settingsOf(folder);
  const isPlugin = (end: string) => plugins.filter((path) => path.endsWith(`-${end}.conf`));
  return {
    setup: before,
    rules: [...isPlugin('config'), ...isPlugin('before'), ...rules, ...isPlugin('after'), ...after],
  };
}

/** What an administrator edits: beside the rules, or where Debian keeps it. */
async function settingsOf(folder: string): Promise<{ before: readonly string[]; after: readonly string[] }> {
  for (const name of ['crs-setup.conf', 'crs-setup.conf.example']) {
    const setup = join(folder, name);
    if (await isFile(setup)) return { before: [setup], after: [] };
  }
  const elsewhere = folder === debianCrs.rules ? await confIn(debianCrs.settings) : [];
  const isAfter = (path: string) => basename(path).startsWith('RESPONSE-');
  return { before: elsewhere.filter((path) => !isAfter(path)).toSorted(setupFirst), after: elsewhere.filter(isAfter) };
}

const setupFirst = (one: string, other: string): number =>
  Number(other.endsWith('setup.conf')) - Number(one.endsWith('setup.conf'));

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
