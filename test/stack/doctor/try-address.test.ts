// Whether an address could be listened on: the kernel's answer, and nothing left behind.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { tryAddress } from '../../../stack/doctor/try-address.ts';
import { tempFolder } from '../../support/temp-folder.ts';

test('a port that is taken, one that is free, a host that is not ours', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const address = { kind: 'tcp', host: '127.0.0.1', port } as const;
  assert.equal(await tryAddress(address), 'EADDRINUSE');
  await new Promise((closed) => server.close(closed));
  assert.equal(await tryAddress(address), undefined);
  assert.equal(await tryAddress(address), undefined, 'it was let go');
  assert.equal(await tryAddress({ ...address, host: '192.0.2.1' }), 'EADDRNOTAVAIL');
});

test('a socket file: served, left over, another file, no folder', async () => {
  using folder = tempFolder({ file: 'mine' });
  const at = (name: string) => tryAddress({ kind: 'unix', path: folder.of(name) });
  const server = createServer().listen(folder.of('served'));
  await once(server, 'listening');
  assert.deepEqual([await at('served'), await at('file'), await at('none/s')], ['EADDRINUSE', 'EADDRINUSE', 'ENOENT']);
  await new Promise((closed) => server.close(closed));
  assert.equal(await at('free'), undefined);
  assert.equal(existsSync(folder.of('free')), false, 'nothing is made');
});
