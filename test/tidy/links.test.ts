// Plants links to pages, folders and headings that are not there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkProblems } from './links.ts';
import { treeOf } from './tree.ts';

const guide = '# The guide\n\n## What `up` does, and why\n\n## Notes\n\n## Notes\n\n<a id="by-hand"></a>\n';
const problemsOf = (text: string) => linkProblems(treeOf({ 'docs/a.md': text, 'docs/guide.md': guide, LICENSE: '' }));

test('links that lead somewhere are kept: files, folders, headings, twins, hand-made anchors, the network', () => {
  const links = [
    'guide.md',
    './guide.md',
    '../LICENSE',
    '../docs/',
    '<guide.md>',
    'guide.md "title"',
    'guide.md#the-guide',
    'guide.md#what-up-does-and-why',
    'guide.md#notes-1',
    'guide.md#by-hand',
    '#here',
    'https://example.org/x',
    'mailto:a@b.c',
  ];
  assert.deepEqual(problemsOf(`# Here\n${links.map((link) => `[x](${link})`).join('\n')}\n\n[ref]: guide.md\n`), []);
});

test('a link to nothing is named at its line, in brackets, as an image and as a reference', () => {
  const complaint = 'links to docs/gone.md, which does not exist; mend the path';
  assert.deepEqual(problemsOf('x\n[a](gone.md) ![b](gone.md#c)\n[ref]: gone.md'), [
    `docs/a.md:2: ${complaint}`,
    `docs/a.md:2: ${complaint}`,
    `docs/a.md:3: ${complaint}`,
  ]);
});

test('a heading that is not there is named', () => {
  assert.deepEqual(problemsOf('[a](guide.md#gone)\n[b](#nowhere)'), [
    'docs/a.md:1: links to #gone, but docs/guide.md has no such heading; mend the anchor',
    'docs/a.md:2: links to #nowhere, but docs/a.md has no such heading; mend the anchor',
  ]);
});

test('what stands in fences and in code is not a link', () => {
  assert.deepEqual(problemsOf('```md\n[a](gone.md)\n```\nand `[b](gone.md)`\n'), []);
});
