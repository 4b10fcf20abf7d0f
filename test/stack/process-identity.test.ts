// Who a process id is, asked about this very process and about ones that are not there.

import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { identify, isAlive, programName } from '../../stack/process-identity.ts';

test('this process is alive; the same id started at another time, or in another boot, is not it', async () => {
  const self = await identify(process.pid);
  assert(self !== undefined);
  assert.equal(await isAlive(self), true);
  assert.equal(await isAlive({ ...self, startTicks: '1' }), false);
  assert.equal(await isAlive({ ...self, boot: 'another' }), false);
});

test('an id that no process has (they end at 4194304) has no identity and no name', async () => {
  assert.equal(await identify(4_194_305), undefined);
  assert.equal(await programName(4_194_305), undefined);
});

test('a program of Node is named by its file', async () => {
  assert.equal(await programName(process.pid), basename(process.execPath));
});
