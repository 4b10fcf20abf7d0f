// Who has an address, as the kernel tells it: the one that is in the way, and not its neighbour on another address.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { basename } from 'node:path';
import { test } from 'node:test';
import { freePortBeside, isHeldBy, ownerOf, ownerWords } from '../../stack/port-owner.ts';
import { tempFolder } from '../support/temp-folder.ts';

async function listenOn(host: string, port = 0) {
  const server = createServer().listen({ host, port });
  await once(server, 'listening');
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

const us = { pid: process.pid, program: basename(process.execPath), user: undefined };

test('a port has an owner, and is that of the address that was asked for', async () => {
  await using server = await listenOn('127.0.0.1');
  const { port } = server;
  assert.deepEqual(await ownerOf({ kind: 'tcp', host: '127.0.0.1', port }), us);
  assert.deepEqual(await ownerOf({ kind: 'tcp', host: '0.0.0.0', port }), us, 'all addresses are in the way of one');
  assert.equal(await ownerOf({ kind: 'tcp', host: '127.0.0.2', port }), undefined, 'another address is free');
  assert.equal(await isHeldBy(port, new Set([process.pid])), true);
  assert.equal(await isHeldBy(port, new Set([1])), false);
});

test('who listens on every address has each of them', async () => {
  await using server = await listenOn('0.0.0.0');
  assert.deepEqual(await ownerOf({ kind: 'tcp', host: '127.0.0.1', port: server.port }), us);
});

test('a socket file has an owner while somebody listens on it', async () => {
  using folder = tempFolder();
  const path = folder.of('s');
  assert.equal(await ownerOf({ kind: 'unix', path }), undefined);
  await using server = createServer().listen(path);
  await once(server, 'listening');
  assert.deepEqual(await ownerOf({ kind: 'unix', path }), us);
});

test('as much as is known is said', () => {
  const owner = { pid: 812, program: 'nginx', user: undefined };
  assert.equal(ownerWords(owner), 'nginx (pid 812)');
  assert.equal(ownerWords({ ...owner, program: undefined }), 'a program (pid 812)');
  const hidden = { pid: undefined, program: undefined };
  assert.equal(ownerWords({ ...hidden, user: 'root' }), 'another program (one of user root: root can see which)');
  assert.equal(ownerWords({ ...hidden, user: undefined }), 'another program (one of another user: root can see which)');
  assert.equal(ownerWords(undefined), 'another program');
});

test('the port beside is one that nobody listens on', async () => {
  await using server = await listenOn('127.0.0.1');
  const beside = await freePortBeside(server.port - 1);
  assert(beside !== undefined && beside !== server.port);
  assert.equal((await freePortBeside(80)) === undefined, true, 'ports below 1024 need rights');
  const last = await freePortBeside(65_535);
  assert(last !== undefined && last < 65_535);
});
