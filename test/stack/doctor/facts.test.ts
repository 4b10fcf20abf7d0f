// The doctor's facts of this machine: real ones, so only what must be true everywhere is asserted.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { gatherFacts } from '../../../stack/doctor/facts.ts';
import { holdRuntimeFolder } from '../../../stack/runtime.ts';
import { folderWith } from '../../support/terminal.ts';

test('who has a port, what the folder is like, how much room there is', async () => {
  await using folder = await folderWith({});
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const loaded = loadText(
    'sentinel.kdl',
    `listeners { listener "http" { address "127.0.0.1:${port}" } }; routes { route "r" { builtin-handler "status" } }`,
  );
  const facts = await gatherFacts(loaded, join(folder.path, 'not', 'there'));
  assert.match(facts.addresses[0]?.trouble?.what ?? '', new RegExp(`pid ${process.pid}`));
  assert.equal(facts.addresses[0]?.isOurs, false);
  assert.deepEqual([facts.folder.lock, facts.folder.uid], ['absent', undefined]);
  assert.deepEqual([facts.addon, facts.holdsSockets, facts.disks.length], [undefined, true, 1]);
  assert((facts.openFilesMax ?? 0) > 0 && (facts.memoryBytes ?? 0) > 0);
  assert((facts.systemFiles?.used ?? 0) > 0);
});

test('whether each log file could be written, from the folder that the stack is started in', async () => {
  await using folder = await folderWith({ 'access.log': '' });
  const loaded = loadText(
    'sentinel.kdl',
    `listeners { listener "http" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status" } }
observability { logging { path "/no/such/stack.log"; access-log { path "access.log" }; audit-log { path "none/audit.log" } } }`,
  );
  const { logs, disks } = await gatherFacts(loaded, folder.path, folder.path);
  assert.deepEqual(
    logs.map(({ what, trouble, isVital }) => [what, trouble, isVital]),
    [
      ['stack log', 'ENOENT', false],
      ['access log', undefined, true],
      ['audit log', 'ENOENT', true],
    ],
  );
  assert.deepEqual(
    disks.map(({ path }) => path),
    [folder.path, '/no/such', join(folder.path, 'none')],
  );
});

test('the ports of a stack that has the folder are its own', async () => {
  await using folder = await folderWith({});
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const held = await holdRuntimeFolder(folder.path);
  assert(held.ok);
  const loaded = loadText(
    'sentinel.kdl',
    `listeners { listener "http" { address "127.0.0.1:${port}" } }; routes { route "r" { builtin-handler "status" } }`,
  );
  const facts = await gatherFacts(loaded, folder.path);
  assert.deepEqual([facts.addresses[0]?.isOurs, facts.folder.holder], [true, process.pid]);
  await held.folder.release();
});
