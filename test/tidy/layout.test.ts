// Plants a new top-level folder, folders too deep, and code at the root.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layoutProblems } from './layout.ts';
import { treeOf } from './tree.ts';

const problemsOf = (path: string) => layoutProblems(treeOf({ [path]: '' }));

test('the fixed rooms at their depths are kept', () => {
  const paths = [
    'README.md',
    'stack/commands/up.ts',
    'agents/waf/lang/lexer.ts',
    'test/proxy/http1/a.test.ts',
    'test/agents/waf/lang/lexer.test.ts',
    '.github/workflows/deeper/check.yml',
  ];
  assert.deepEqual(paths.flatMap(problemsOf), []);
});

test('a folder that is no room is refused', () => {
  assert.deepEqual(problemsOf('utils/strings.ts'), [
    'utils/strings.ts:1: the top-level folder utils/ is not one of stack, proxy, agents, waf-rules, crs-tests, config, packaging, test, docs; move it into one',
  ]);
});

test('one folder too deep is refused, and agents and tests may have one more', () => {
  assert.deepEqual(problemsOf('proxy/http1/parse/head.ts'), [
    'proxy/http1/parse/head.ts:1: 3 folders deep, 2 is the most here; make it a sibling instead of a child',
  ]);
  assert.deepEqual(problemsOf('agents/waf/lang/deep/lexer.ts'), [
    'agents/waf/lang/deep/lexer.ts:1: 4 folders deep, 3 is the most here; make it a sibling instead of a child',
  ]);
});

test('code at the root is refused', () => {
  assert.deepEqual(problemsOf('index.ts'), ['index.ts:1: code at the root; move it into a room']);
});
