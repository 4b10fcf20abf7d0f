// Who else's work is in an installation, and under which licence: read from the packages themselves, so nothing that is
// bundled can be left out. One text for people (the copyright file of Debian's form, which the others read as well) and
// one list for machines (CycloneDX). It refuses a package without a licence.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Part {
  readonly name: string;
  readonly version: string;
  readonly license: string; // as SPDX has it
  readonly copyright: string; // the lines of its licence that begin so
  readonly text: string; // of the licence
  readonly integrity: string | undefined; // of the lockfile: `sha512-BASE64`
}

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly integrity?: string } | undefined>>;
}

/** `names` are folders of node_modules. */
export function readParts(root: string, names: readonly string[]): readonly Part[] {
  const lockfile: Lockfile = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return names.map((name) => readPart(root, name, lockfile));
}

function readPart(root: string, name: string, lockfile: Lockfile): Part {
  const folder = join(root, 'node_modules', name);
  const { version, license } = vendored[name] === undefined ? manifestOf(folder) : moduleOf(folder, vendored[name]);
  assert(typeof version === 'string' && typeof license === 'string', `${name} says its version and its licence`);
  const [file] = globSync(['LICEN[CS]E*', 'license*', 'COPYING*'], { cwd: folder }).sort();
  const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
  const copyright = [...text.matchAll(/^\W*copyright\s+(?:\(c\)|©|\d{4}).*$/gim)].map(([line]) => line.trim());
  const integrity = lockfile.packages[`node_modules/${name}`]?.integrity;
  return { name, version, license, copyright: copyright[0] ?? `the authors of ${name}`, text, integrity };
}

/** C++ that the re2 addon is compiled from, with the licences that they have. */
const vendored: Readonly<Record<string, string>> = {
  're2/vendor/re2': 'BSD-3-Clause',
  're2/vendor/abseil-cpp': 'Apache-2.0',
};
export const vendoredParts: readonly string[] = Object.keys(vendored);

type Named = Readonly<Record<'version' | 'license', unknown>>;

function manifestOf(folder: string): Named {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function moduleOf(folder: string, license: string): Named {
  const [, version] =
    /^module\([^)]*version = "([^"]+)"/m.exec(readFileSync(join(folder, 'MODULE.bazel'), 'utf8')) ?? [];
  return { version, license };
}

/** Debian's machine-readable form, DEP-5: paths are those of the source. Each licence but Apache-2.0 with its whole text. */
export function copyrightFile(parts: readonly Part[], nodeLicense: string): string {
  const own = [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
    'Upstream-Name: sentinel-stack',
    '',
    'Files: *',
    'Copyright: the authors of sentinel-stack',
    'License: Apache-2.0',
    '',
    'Files: node_modules/node-linux-*',
    'Copyright: Node.js contributors, and those named in its licence',
    'License: Node',
    '',
  ];
  const bundled = parts.flatMap((part) => [
    `Files: node_modules/${part.name}/*`,
    `Comment: ${part.name} ${part.version}`,
    `Copyright: ${part.copyright}`,
    `License: ${licenseName(part)}`,
    '',
  ]);
  const apache = [
    'License: Apache-2.0',
    ' On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.',
    ' Elsewhere it is at https://www.apache.org/licenses/LICENSE-2.0.',
    '',
  ];
  const texts = parts
    .filter((part) => licenseName(part) !== 'Apache-2.0')
    .flatMap((part) => [`License: ${licenseName(part)}`, indented(part.text || part.license), '']);
  return [...own, ...bundled, ...apache, ...texts, 'License: Node', indented(nodeLicense), ''].join('\n');
}

/** A text of its own for each package: they differ in who has the copyright. */
function licenseName({ name, license }: Part): string {
  return license === 'Apache-2.0' ? license : `${license.replaceAll(/[() ]+/g, '-')}-${name.replaceAll(/[@/]/g, '')}`;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`))
    .join('\n');
}
