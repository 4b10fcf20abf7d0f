// Plants packages that are used undeclared, declared unused, or used where only development has them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageProblems } from './packages.ts';
import { treeOf } from './tree.ts';

const manifest =
  '{\n  "dependencies": {\n    "zod": "4.6.7"\n  },\n  "devDependencies": {\n    "@dev/kit": "1.0.0"\n  }\n}';
const kept = {
  'package.json': manifest,
  'config/schema.ts': "import { z } from 'zod/mini';\nimport { join } from 'node:path';\nimport './field.ts';",
  'test/config/schema.test.ts': "import { kit } from '@dev/kit/sub';",
};

test('declared where used and used where declared is kept', () => {
  assert.deepEqual(packageProblems(treeOf(kept)), []);
});

test('an undeclared package is named where it is imported', () => {
  assert.deepEqual(packageProblems(treeOf({ ...kept, 'stack/a.ts': "\nimport 'left-pad';" })), [
    "stack/a.ts:2: imports 'left-pad', which package.json does not declare; add it or do without",
  ]);
});

test('the product may not stand on a development dependency; packaging may', () => {
  const line = "import { kit } from '@dev/kit';";
  assert.deepEqual(packageProblems(treeOf({ ...kept, 'proxy/a.ts': line, 'packaging/build.ts': line })), [
    'proxy/a.ts:1: imports \'@dev/kit\', a development dependency; move it to "dependencies" or do without',
  ]);
});

test('a dependency that nobody imports is named at its line', () => {
  const { 'config/schema.ts': _, ...rest } = kept;
  assert.deepEqual(packageProblems(treeOf(rest)), [
    "package.json:3: 'zod' is imported nowhere; remove it, or say in test/tidy/packages.ts what it is for",
  ]);
});
