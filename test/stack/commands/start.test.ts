// `start` asks for what it says, of the child that is named.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type } from '../../support/terminal.ts';
import { Standing } from '../standing.ts';

test('a name is needed, and reaches the stack', async () => {
  await using stack = await Standing.open();
  assert.equal((await type(`start --runtime-dir ${stack.folder}`)).code, 2);
  const { code, stdout } = await type(`start waf --json --runtime-dir ${stack.folder}`);
  assert.deepEqual([code, JSON.parse(stdout).ok, stack.asked], [0, true, ['start waf']]);
});
