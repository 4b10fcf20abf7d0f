// Adding to the file of exclusions, and taking it back.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { addExclusion } from '../../stack/exclusions-file.ts';
import { folderWith } from '../support/terminal.ts';

test('a comment and a line at the end; nothing of a stranger ends the comment', async () => {
  await using folder = await folderWith({});
  const path = join(folder.path, 'x.conf');
  await addExclusion(path, 'request r1: GET /a', 'SecRule A');
  const second = await addExclusion(path, 'GET /b\nSecRuleEngine Off\\', 'SecRule B');
  assert.equal(
    await readFile(path, 'utf8'),
    '# request r1: GET /a\nSecRule A\n# GET /b?SecRuleEngine Off?\nSecRule B\n',
  );
  await second.undo();
  assert.equal(await readFile(path, 'utf8'), '# request r1: GET /a\nSecRule A\n');
});
