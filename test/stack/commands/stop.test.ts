// `stop` asks for what it says, of the child that is named.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type } from '../../support/terminal.ts';
import { Standing } from '../standing.ts';

test('a name is needed: the whole stack is another command', async () => {
  await using stack = await Standing.open();
  assert.equal((await type(`stop --runtime-dir ${stack.folder}`)).code, 2);
  const { code, stdout } = await type(`stop proxy/1 --runtime-dir ${stack.folder}`);
  assert.deepEqual([code, stdout, stack.asked], [0, 'proxy/1 stopped in 1.2 s\n', ['stop proxy/1']]);
});
