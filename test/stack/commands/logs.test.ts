// `logs`: whose lines, how many, from when, how important.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type } from '../../support/terminal.ts';
import { childOf, Standing, statusOf } from '../standing.ts';

async function withLines(): Promise<Standing> {
  const status = statusOf([childOf({ name: 'waf', kind: 'agent' }), childOf()]);
  const stack = await Standing.open({ status });
  for (let line = 1; line <= 60; line += 1) stack.journal.add('waf', 'stdout', `line ${line}`);
  stack.journal.add('proxy/1', 'stderr', 'oh no');
  return stack;
}

const withoutTimes = (text: string) => text.replace(/^\d\d:\d\d:\d\d /gm, '');

test('the last fifty, or as many as are asked for', async () => {
  await using stack = await withLines();
  assert.equal((await type(`logs --runtime-dir ${stack.folder}`)).stdout.trimEnd().split('\n').length, 50);
  const { code, stdout } = await type(`logs -n 2 --runtime-dir ${stack.folder}`);
  assert.deepEqual([code, withoutTimes(stdout)], [0, 'waf      line 60\nproxy/1  oh no\n']);
  assert.equal((await type(`logs --since 1h --runtime-dir ${stack.folder}`)).stdout.trimEnd().split('\n').length, 61);
});

test('by name and level, as data', async () => {
  await using stack = await withLines();
  const { stdout } = await type(`logs proxy --level warn --json --runtime-dir ${stack.folder}`);
  assert.partialDeepStrictEqual(JSON.parse(stdout), { name: 'proxy/1', level: 'warn', text: 'oh no' });
});

test('a name that nobody has gets a suggestion; a time that is none is wrong usage', async () => {
  await using stack = await withLines();
  const unknown = await type(`logs prxy --runtime-dir ${stack.folder}`);
  assert.deepEqual([unknown.code, /did you mean 'proxy'\?/.test(unknown.stderr)], [1, true]);
  assert.equal((await type(`logs --since soon --runtime-dir ${stack.folder}`)).code, 2);
});
