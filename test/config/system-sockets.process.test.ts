// What the kernel tells of sockets that this test has open, and which socket files are left over.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { link, writeFile } from 'node:fs/promises';
import { BoundSocket, createServer } from 'node:net';
import { test } from 'node:test';
import { canonicalHost, descriptorName, removeLeftover, systemSockets } from '#config/system-sockets';
import { formatAddress } from '#config/value';
import { listeningSocket } from '../support/activation.ts';
import { tempFolder } from '../support/temp-folder.ts';

async function tableRow(fd: number) {
  const name = await descriptorName(fd);
  const row = (await systemSockets()).find((one) => one.name === name);
  return row && `${formatAddress(row.address)}${row.isListening ? '' : ' (bound)'}`;
}

test('a listening socket is found by its descriptor, with its address in one spelling', async () => {
  using folder = tempFolder();
  using tcp = await listeningSocket({ host: '127.0.0.1' });
  using tcp6 = await listeningSocket({ host: '::1' });
  using any = await listeningSocket({ host: '::' });
  using unix = await listeningSocket({ path: folder.of('a b.sock') });
  assert.equal(await tableRow(tcp.fd), `127.0.0.1:${tcp.address.port}`);
  assert.equal(await tableRow(tcp6.fd), `[::1]:${tcp6.address.port}`);
  assert.equal(await tableRow(any.fd), `[::]:${any.address.port}`);
  assert.equal(await tableRow(unix.fd), `unix:${folder.of('a b.sock')}`);
  assert.equal(await descriptorName(99_999), undefined);
});

test('one spelling per host', () => {
  const hosts = ['0:0::1', '::FFFF:7f00:1', '127.0.0.1', 'localhost'];
  assert.deepEqual(hosts.map(canonicalHost), ['::1', '::ffff:127.0.0.1', '127.0.0.1', 'localhost']);
});

test('only a socket file that no program has any more is removed', async () => {
  using folder = tempFolder();
  const [served, left, bound, plain] = ['served', 'left', 'bound', 'plain'].map(folder.of) as [
    string,
    string,
    string,
    string,
  ];
  const options: ConstructorParameters<typeof BoundSocket>[0] & { path: string } = { path: bound };
  using socket = new BoundSocket(options);
  await writeFile(plain, 'a file of somebody');
  {
    await using server = createServer().listen(served);
    await once(server, 'listening');
    await link(served, left);
    assert.equal(await removeLeftover(served), false);
  }
  assert.equal(await removeLeftover(left), true);
  assert.equal(await removeLeftover(bound), false, 'it will listen');
  assert.equal(await removeLeftover(plain), false, 'it is no socket');
  assert.equal(await removeLeftover(folder.of('none')), false);
  assert.deepEqual([left, bound, plain].map(existsSync), [false, true, true]);
  assert(socket.fd() > 0);
});
