// Plants cycles of two and three files, through doors and late imports too.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cycleProblems } from './cycles.ts';
import { treeOf } from './tree.ts';

test('a tree of imports, two roads to one file included, is kept', () => {
  const tree = treeOf({
    'proxy/handle.ts': "import './a.ts';\nimport './b.ts';",
    'proxy/a.ts': "import './leaf.ts';",
    'proxy/b.ts': "import './leaf.ts';\nimport 'node:net';",
    'proxy/leaf.ts': '',
  });
  assert.deepEqual(cycleProblems(tree), []);
});

test('a cycle is told with its whole way, at the import that closes it', () => {
  const tree = treeOf({
    'proxy/a.ts': "import './part/b.ts';",
    'proxy/part/b.ts': "import { c } from '../c.ts';",
    'proxy/c.ts': "\nimport type { A } from './a.ts';",
  });
  assert.deepEqual(cycleProblems(tree), [
    'proxy/c.ts:2: import cycle proxy/a.ts -> proxy/part/b.ts -> proxy/c.ts -> proxy/a.ts; move what both need into a file below them',
  ]);
});

test('a cycle through a door and a late import is found', () => {
  const tree = treeOf({
    'package.json': JSON.stringify({ imports: { '#config/*': './config/*.ts', '#agent': './agents/host.ts' } }),
    'config/load.ts': "await import('../agents/host.ts');",
    'agents/host.ts': "import '#config/load';\nimport '#agent';",
  });
  assert.deepEqual(cycleProblems(tree), [
    'agents/host.ts:1: import cycle config/load.ts -> agents/host.ts -> config/load.ts; move what both need into a file below them',
    'agents/host.ts:2: import cycle agents/host.ts -> agents/host.ts; move what both need into a file below them',
  ]);
});
