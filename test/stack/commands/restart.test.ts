// `restart` asks for what it says, of the child that is named.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type } from '../../support/terminal.ts';
import { Standing } from '../standing.ts';

test('by name, several, or everything', async () => {
  await using stack = await Standing.open();
  const named = await type(`restart proxy waf --runtime-dir ${stack.folder}`);
  assert.deepEqual([named.code, named.stdout], [0, 'proxy/1 restarted in 1.2 s\n'.repeat(2)]);
  await type(`restart --runtime-dir ${stack.folder}`);
  assert.deepEqual(stack.asked, ['restart proxy', 'restart waf', 'restart all']);
});
