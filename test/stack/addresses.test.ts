// Why an address cannot be listened on, as people are told.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { basename } from 'node:path';
import { test } from 'node:test';
import type { Address } from '#config/value';
import { explainListenError } from '../../stack/addresses.ts';
import { tempFolder } from '../support/temp-folder.ts';

function tcp(port: number): Address {
  return { kind: 'tcp', host: '127.0.0.1', port };
}

test('a taken port is told with the program that has it', async () => {
  await using server = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { code, what, hint } = await explainListenError('EADDRINUSE', `127.0.0.1:${port}`, tcp(port));
  const owner = `${basename(process.execPath)} (pid ${process.pid})`;
  assert.deepEqual([code, what], ['listen-address-in-use', `cannot listen on 127.0.0.1:${port}: in use by ${owner}`]);
  assert.match(hint ?? '', /^choose another address such as 127\.0\.0\.1:\d+, or stop that program$/);
  for (const flag of ['--listen', '--admin'] as const) {
    const told = await explainListenError('EADDRINUSE', `127.0.0.1:${port}`, tcp(port), flag);
    assert.match(told.hint ?? '', new RegExp(`^give another with ${flag} 127.0.0.1:\\d+, or stop that program$`));
  }
});

test('a file that stands where a socket is to be is told apart from a socket that is served', async () => {
  using folder = tempFolder({ file: 'mine' });
  const address: Address = { kind: 'unix', path: folder.of('file') };
  const { what, hint } = await explainListenError('EADDRINUSE', 'unix:/file', address);
  assert.equal(what, 'cannot listen on unix:/file: a file that is no socket is there');
  assert.equal(hint, 'choose another path, or remove the file yourself');
  const gone = await explainListenError('ENOENT', 'unix:/no/s', { kind: 'unix', path: '/no/s' });
  assert.deepEqual(
    [gone.what, gone.hint],
    ['cannot listen on unix:/no/s: its folder does not exist', 'check its path and its folder'],
  );
});

test('every reason has its words', async () => {
  const told = async (error: string, address: Address) => {
    const { code, what, hint } = await explainListenError(error, 'a:80', address);
    return [code, what.replace('cannot listen on a:80: ', ''), hint];
  };
  const low = 'ports below 1024 need rights: use a port from 1024 on, or give the program CAP_NET_BIND_SERVICE';
  assert.deepEqual(await told('EACCES', tcp(80)), ['listen-not-permitted', 'this user may not', low]);
  assert.deepEqual(await told('EPERM', { kind: 'unix', path: '/s' }), [
    'listen-not-permitted',
    'this user may not',
    'check the rights of its folder',
  ]);
  const unusable = (why: string) => ['listen-address-unusable', why, '`ip address` shows those it has'];
  assert.deepEqual(await told('EADDRNOTAVAIL', tcp(80)), unusable('this machine has no such address'));
  assert.deepEqual(await told('ENOTFOUND', tcp(80)), unusable('there is no host of that name'));
  assert.deepEqual(await told('EMFILE', tcp(80)), unusable('EMFILE'));
});
