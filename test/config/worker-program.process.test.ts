// That Node knows the flags that workers are started with: a flag it does not know would end every worker at its start.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import { workerNodeFlags } from '#config/worker-program';

test('this Node takes the flags of a worker', async () => {
  const { stdout } = await execa(process.execPath, [...workerNodeFlags, '-p', '"it runs"']);
  assert.equal(stdout, 'it runs');
});
