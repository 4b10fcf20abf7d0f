// Where rules of the firewall are on this disk: the words for known ones become folders, paths become absolute, and what
// lies below them is listed, so that a change of it is noticed. Beside load.ts the only file of this room that touches
// the disk, and like it bounded. It refuses to read a rule: the firewall does.

import { createHash } from 'node:crypto';
import { globSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { type Problem, problem } from './errors.ts';
import { wafAgentLimits } from './limits-waf-agent.ts';
import type { Environment } from './read-value.ts';
import type { Span } from './source.ts';
import { crsCurrent, crsFolderName, serviceStateFolder, stateFolder } from './state-folder.ts';

/** Those of this installation: what stands for them where none are named. */
export const ourRules = join(import.meta.dirname, '..', 'waf-rules', 'sentinel');

/** What an application's own requests need, before the rules that it is about. */
export function presetPath(application: string): string {
  return join(ourRules, '..', 'presets', `${application}.conf`);
}

/** Debian's package, which keeps what an administrator edits away from the rules. */
export const debianCrs = { rules: '/usr/share/modsecurity-crs', settings: '/etc/modsecurity/crs' } as const;

/** The absolute path; the path written is relative to the file that names it. */
export function lookForRules(written: string, at: Span, env: Environment): string | Problem {
  if (written === 'sentinel') return ourRules;
  if (written === 'crs')
    return (
      installedCrs(env) ??
      problem('config-not-found', 'no Core Rule Set is installed', {
        at,
        hint: 'install the package modsecurity-crs, or name the folder that holds one',
      })
    );
  const full = resolve(dirname(at.source.path), written);
  if (/[*?]/.test(dirname(full)))
    return problem('config-bad-value', "'rules' finds files in one folder: '*' and '?' stand behind the last '/'", {
      at,
    });
  if (filesAt(full).length > 0) return full;
  return problem(
    'config-not-found',
    `there are no rules at ${written}: no such file, or nothing in it that ends with .conf`,
    { at },
  );
}

/** What `crs install` put in place, as the version that it is now; else the package of the distribution. */
export function installedCrs(env: Environment): string | undefined {
  for (const state of new Set([stateFolder(env, process.getuid?.() === 0), serviceStateFolder])) {
    const current = realPathOf(join(state, crsFolderName, crsCurrent));
    if (current !== undefined) return current;
  }
  return statOf(debianCrs.rules)?.isDirectory() === true ? debianCrs.rules : undefined;
}

/** Where links lead; nothing if nothing is there. */
export function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Files that the rules may be read from: those named, and what lies in folders that are named and their rules and plugins. */
export function ruleFilesOf(paths: readonly string[]): string[] {
  return withCompanions(paths).flatMap((path) => withData(filesAt(path)));
}

/** Folders that belong to a place although they lie elsewhere. */
export function withCompanions(paths: readonly string[]): string[] {
  return paths.flatMap((path) => (path === debianCrs.rules ? [path, debianCrs.settings] : [path]));
}

/** Changes whenever one of the files does. */
export function ruleFilesDigest(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const stat = statOf(file);
    hash.update(`${file}\0${stat?.size}\0${stat?.mtimeMs}\0${stat?.ino}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

const partsOfFolder = ['', 'rules', 'plugins'];

function filesAt(path: string): string[] {
  if (/[*?]/.test(path)) return globSync(path).toSorted().slice(0, wafAgentLimits.ruleFilesMax);
  const stat = statOf(path);
  if (stat?.isFile() === true) return [path];
  if (stat?.isDirectory() !== true) return [];
  return partsOfFolder
    .flatMap((part) => namesIn(join(path, part)).map((name) => join(path, part, name)))
    .filter((file) => /\.(?:conf|data)(?:\.example)?$/.test(file))
    .slice(0, wafAgentLimits.ruleFilesMax);
}

/** Lists that rules of a file may name lie beside it. */
function withData(files: readonly string[]): string[] {
  const folders = new Set(files.map((file) => dirname(file)));
  const data = [...folders].flatMap((folder) =>
    namesIn(folder)
      .filter((name) => extname(name) === '.data')
      .map((name) => join(folder, name)),
  );
  return [...new Set([...files, ...data])].slice(0, wafAgentLimits.ruleFilesMax);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function statOf(path: string): ReturnType<typeof statSync> {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // a folder on the way may not be looked into
  }
}
