// The project as a list of files: what git tracks plus what it would track, or a plain walk where there is no git.
// Every rule of the house takes such a list and nothing else, so a test can hand it three lines of made-up project.
// It refuses to follow what git ignores, and skips what is not text.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';

/** One file: its path from the root with `/`, and its text. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** What a rule returns: `path:line: what is wrong, and what to do instead`, in the order of the tree. */
export type Problems = readonly string[];

export function readTree(root: string): readonly TextFile[] {
  return pathsOf(root)
    .filter((path) => existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter((file) => !file.text.includes('\0'));
}

const neverOurs = ['**/node_modules', '.git', 'dist', 'coverage'];

function pathsOf(root: string): readonly string[] {
  const listed = execaSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    reject: false,
    stripFinalNewline: false,
  });
  const tracked = listed.failed ? [] : listed.stdout.split('\0').filter((path) => path !== '');
  return tracked.length > 0 ? [...new Set(tracked)].sort() : walkedPaths(root);
}

function walkedPaths(root: string): readonly string[] {
  return globSync(['**/*', '**/.*', '.*/**/*'], { cwd: root, exclude: neverOurs, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

/** A made-up project for the tests of the rules: path to text. */
export function treeOf(files: Readonly<Record<string, string>>): readonly TextFile[] {
  return Object.entries(files).map(([path, text]) => ({ path, text }));
}

export const isCode = (file: TextFile): boolean => /\.(ts|mjs)$/.test(file.path);
export const isTest = (file: TextFile): boolean => file.path.startsWith('test/');
