// The doctor's facts of this machine: real ones, so only what must be true everywhere is asserted.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadText } from '#config/load';
import { gatherFacts } from '../../../stack/doctor/facts.ts';
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
  assert.match(facts.ports[0]?.owner ?? '', new RegExp(`pid ${process.pid}`));
  assert.equal(facts.ports[0]?.isOurs, false);
  assert.deepEqual([facts.folder.lock, facts.folder.uid], ['absent', undefined]);
  assert.deepEqual([facts.addon, facts.holdsSockets, facts.disks.length], [undefined, true, 1]);
  assert((facts.openFilesMax ?? 0) > 0 && (facts.memoryBytes ?? 0) > 0);
});
