// The page of faults and the tests that hold it: every test of faults is named by a row, and every row names one. What
// `make faults` has measured stands behind that and is not looked at.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const [page = ''] = readFileSync(join(root, 'docs/faults.md'), 'utf8').split('<!-- faults of the stack: made by');

test('every row names a test', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| fault '));
  assert(rows.length > 20);
  for (const row of rows) assert.match(row, /\]\(\.\.\/test\/\S+\.test\.ts\) \|$/);
});

test('every test of faults is named', () => {
  const files = globSync('test/faults/*.test.ts', { cwd: root });
  assert.deepEqual(
    files.filter((file) => !page.includes(`(../${file})`)),
    [],
  );
});
