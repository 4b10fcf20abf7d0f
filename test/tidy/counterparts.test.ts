// Plants sources without a test and an exception that outlived its file.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counterpartProblems } from './counterparts.ts';
import { treeOf } from './tree.ts';

const code = '// A file.\nexport const a = 1;';
const problemsOf = (files: Record<string, string>, elsewhere: Record<string, string> = {}) =>
  counterpartProblems(treeOf(files), elsewhere);

test('a test of either kind at the mirrored path is enough', () => {
  const files = {
    'stack/commands/up.ts': code,
    'test/stack/commands/up.process.test.ts': code,
    'packaging/setup.mjs': code,
    'test/packaging/setup.test.ts': code,
    'test/support/proxy.ts': code,
  };
  assert.deepEqual(problemsOf(files), []);
});

test('a source without a test is named with the path of the missing test', () => {
  assert.deepEqual(problemsOf({ 'agents/waf/lang/lexer.ts': code, 'test/agents/waf/lexer.test.ts': code }), [
    'agents/waf/lang/lexer.ts:1: no test; write test/agents/waf/lang/lexer.test.ts',
  ]);
});

test('types alone need no test; one value among them does', () => {
  const types = "// Types.\nimport type { B } from './b.ts';\nexport interface A { b: B }\nexport type C = A | 'c';\n";
  assert.deepEqual(problemsOf({ 'proxy/a.ts': types }), []);
  assert.equal(problemsOf({ 'proxy/a.ts': `${types}export const d = 1;` }).length, 1);
});

test('an exception holds while both its files stand', () => {
  const elsewhere = { 'stack/main.ts': 'test/e2e/up.process.test.ts' };
  assert.deepEqual(problemsOf({ 'stack/main.ts': code, 'test/e2e/up.process.test.ts': code }, elsewhere), []);
  assert.deepEqual(problemsOf({ 'stack/main.ts': code }, elsewhere), [
    'test/tidy/counterparts.ts:1: the table says stack/main.ts is tested by test/e2e/up.process.test.ts; one of them is gone',
  ]);
});
