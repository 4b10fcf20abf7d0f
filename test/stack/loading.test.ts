// The commands that need a configuration say on stderr why there is none, as text or as data.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderWith, type } from '../support/terminal.ts';

test('problems go to stderr as text, and as one line of JSON with --json', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': 'routs { }' });
  const text = await type('show', { cwd: folder.path });
  assert.match(text.stderr, /^sentinel\.kdl:1:1: error: unknown key 'routs' at the top level \[config-unknown-key\]\n/);
  const data = JSON.parse((await type('show --json', { cwd: folder.path })).stderr);
  assert.equal(data.ok, false);
  assert.equal(data.problems[0].code, 'config-unknown-key');
});

test('problems are coloured where the output shows colour', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': 'routs { }' });
  const { stderr } = await type('show', { cwd: folder.path, color: true });
  assert(stderr.includes('\x1b[31merror\x1b[0m'));
});
