// Every file of packaging/files goes somewhere: into the tree by the table, or into a format by the code that makes it.

import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { placed } from '../../../packaging/tree/placed.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const forReaders = ['Dockerfile', 'compose.yaml']; // published beside the packages, as examples

test('none is forgotten, and none is missing', () => {
  const fromTable = new Set(placed.map(({ from }) => from));
  const code = ['tree', 'life'].flatMap((part) => globSync(`packaging/${part}/*.ts`, { cwd: root }));
  const texts = code.map((path) =>
    readFileSync(join(root, path), 'utf8').replaceAll('deb-${script}', 'deb-postinst deb-prerm deb-postrm'),
  );
  for (const name of readdirSync(join(root, 'packaging/files')))
    assert(
      forReaders.includes(name) ||
        fromTable.has(`packaging/files/${name}`) ||
        texts.some((text) => text.includes(name)),
      name,
    );
  for (const { from } of placed) assert(globSync(from, { cwd: root }).length > 0, from);
});

test('nothing that is installed can be written by anybody but root', () => {
  for (const { mode, from } of placed) assert.equal(mode & 0o022, 0, from);
});
