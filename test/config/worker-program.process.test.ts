// That Node knows the flags that workers are started with: a flag it does not know would end every worker at its start.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import { agentNodeFlags, noDebugger, workerNodeFlags } from '#config/worker-program';

test('this Node takes the flags of a worker, and those of an agent', async () => {
  for (const flags of [workerNodeFlags, agentNodeFlags]) {
    const { stdout } = await execa(process.execPath, [...flags, '-p', '"it runs"']);
    assert.equal(stdout, 'it runs');
  }
});

test('with the flag, SIGUSR1 opens no debugger and ends nothing', async () => {
  const script = "process.kill(process.pid, 'SIGUSR1'); setTimeout(() => console.log('alive'), 100)";
  const { stdout, stderr } = await execa(process.execPath, [noDebugger, '-e', script]);
  assert.deepEqual([stdout, stderr], ['alive', '']);
  const without = await execa(process.execPath, ['--inspect-port=0', '-e', script]);
  assert.match(without.stderr, /Debugger listening/, 'and without it, it does');
});
