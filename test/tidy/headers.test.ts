// Plants files without a header, or with one that says nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerProblems } from './headers.ts';
import { treeOf } from './tree.ts';

const problemsOf = (text: string) => headerProblems(treeOf({ 'stack/a.ts': text }));
const complaint =
  'stack/a.ts:1: no header; open with a comment that says in a sentence what lives here and what it refuses to do';

test('a sentence above the code is kept: in lines, in a block, below a shebang, over several lines', () => {
  for (const header of [
    '// What a child is told to do.\n',
    '/** What a child is told to do. */\n',
    '#!/usr/bin/env node\n\n// What a child\n// is told to do.\n',
    '/*\n * What a child is told to do:\n * this and that.\n */\n',
  ]) {
    assert.deepEqual(problemsOf(`${header}export const a = 1;`), [], header);
  }
});

test('no comment, a comment below code, a title, or a directive alone is refused', () => {
  for (const text of [
    'export const a = 1;',
    'export const a = 1;\n// What a child is told to do.',
    '// The child\nexport const a = 1;',
    '// biome-ignore-all lint: it is a very long story. And more.\nexport const a = 1;',
    '',
  ]) {
    assert.deepEqual(problemsOf(text), [complaint], text);
  }
});

test('pages and data are not asked', () => {
  assert.deepEqual(headerProblems(treeOf({ 'README.md': 'x', 'config/default.kdl': 'x' })), []);
});
