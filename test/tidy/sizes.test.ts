// Plants a function, a file and a median over their bounds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileLinesMax, functionLinesMax, medianFunctionLinesMax, sizeProblems } from './sizes.ts';
import { treeOf } from './tree.ts';

const functionOf = (name: string, lines: number) => `function ${name}() {\n${'  step();\n'.repeat(lines - 2)}}\n`;
const short = functionOf('short', 3);

test('functions and files at their bounds are kept, tests and generated files are not measured', () => {
  const long = 'step();\n'.repeat(fileLinesMax + 1);
  const tree = treeOf({
    'stack/a.ts': functionOf('longest', functionLinesMax) + short + short,
    'stack/b.ts': 'step();\n'.repeat(fileLinesMax),
    'test/a.test.ts': long,
    'config/c.generated.ts': long,
  });
  assert.deepEqual(sizeProblems(tree), []);
});

test('a function over its bound is named with its line and length', () => {
  const text = short + short + functionOf('decide', functionLinesMax + 1);
  assert.deepEqual(sizeProblems(treeOf({ 'stack/a.ts': text })), [
    'stack/a.ts:7: decide has 61 lines, 60 is the most; move its steps into functions below it',
  ]);
});

test('a file over its bound is named', () => {
  assert.deepEqual(sizeProblems(treeOf({ 'proxy/a.ts': 'step();\n'.repeat(fileLinesMax + 1) })), [
    'proxy/a.ts:1: 601 lines, 600 is the most; find its second idea and give it a file',
  ]);
});

test('a median over its bound is told once for the whole tree', () => {
  const middling = functionOf('middling', medianFunctionLinesMax + 1);
  assert.deepEqual(sizeProblems(treeOf({ 'proxy/a.ts': short + middling, 'proxy/b.ts': middling })), [
    '.:1: the median function has 17 lines; 16 is the most',
  ]);
});
