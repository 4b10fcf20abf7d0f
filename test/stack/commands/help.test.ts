// `help`: the overview, and the same page as `--help`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type } from '../../support/terminal.ts';

test('help COMMAND is COMMAND --help', async () => {
  const page = await type('help up');
  assert.deepEqual(await type('up --help'), page);
  assert.match(page.stdout, /--log-format pretty\|json/);
});

test('help alone is the overview, and an unknown command gets a suggestion', async () => {
  assert.match((await type('help')).stdout, /^Run it\n {2}up /m);
  const { code, stderr } = await type('help chekc');
  assert.equal(code, 2);
  assert.match(stderr, /did you mean `check`\?/);
});

test('help explains itself', async () => {
  assert.match((await type('help help')).stdout, /^Explain a command/);
});
