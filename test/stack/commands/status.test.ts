// `status`: the table, the data, and an exit code that says whether all is well.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type } from '../../support/terminal.ts';
import { childOf, Standing, statusOf } from '../standing.ts';

test('well is 0, anything else 3', async () => {
  await using well = await Standing.open();
  const said = await type(`status --runtime-dir ${well.folder}`);
  assert.equal(said.code, 0);
  assert.match(said.stdout, /^sentinel-stack 0\.1\.0 {3}up .*\n\n {2}NAME .*\n {2}proxy\/1 {2}up /);
  await using ill = await Standing.open({ status: statusOf([childOf({ state: 'failed' })]) });
  assert.equal((await type(`ps --runtime-dir ${ill.folder}`)).code, 3);
});

test('--json is everything', async () => {
  await using stack = await Standing.open();
  const { stdout } = await type(`status --json --runtime-dir ${stack.folder}`);
  assert.partialDeepStrictEqual(JSON.parse(stdout), { phase: 'running', children: [{ name: 'proxy/1' }], rates: {} });
});
