// Where programs lie in a clone; that they are found in a package is shown by running one (test/packaging/tree).

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { codeExtension, programFile } from '#config/program-file';

const root = join(import.meta.dirname, '..', '..');

test('a clone runs what is written', () => {
  assert.equal(codeExtension, '.ts');
  for (const folder of [['stack'], ['proxy'], ['agents', 'denylist'], ['crs-tests']])
    assert(existsSync(programFile(root, ...folder)), folder.join('/'));
});
