// `proxy`: the dataplane in the foreground, with its exit code and its signals passed through.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { activate, listeningSocket } from '../../support/activation.ts';
import { folderWith } from '../../support/terminal.ts';
import { eventually } from '../processes.ts';

const main = join(import.meta.dirname, '..', '..', '..', 'stack', 'main.ts');
const config =
  'listeners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status" } }\n';

test('it serves, and SIGTERM to the command drains the proxy: exit code 0', async () => {
  await using folder = await folderWith({ 'shop.kdl': config });
  const child = execa(process.execPath, [main, 'proxy', '-c', 'shop.kdl'], { cwd: folder.path, reject: false });
  let told = '';
  child.stderr.on('data', (text: Buffer) => {
    told += text;
  });
  const url = await eventually('the address', () => /http:\/\/127\.0\.0\.1:\d+/.exec(told)?.[0]);
  assert.equal((await fetch(url, { headers: { connection: 'close' } })).status, 200);
  child.kill('SIGTERM');
  assert.equal((await child).exitCode, 0);
});

test('a configuration that is refused is told by the proxy, with its exit code', async () => {
  await using folder = await folderWith({ 'shop.kdl': 'listners { }' });
  const { exitCode, stderr } = await execa(process.execPath, [main, 'proxy', '-c', 'shop.kdl'], {
    cwd: folder.path,
    reject: false,
  });
  assert.equal(exitCode, 1);
  assert.match(stderr, /unknown key 'listners'/);
});

test('sockets that were opened for the command are passed on to the proxy', async () => {
  using socket = await listeningSocket({ host: '127.0.0.1' });
  await using folder = await folderWith({ 'shop.kdl': config.replace(':0"', `:${socket.address.port}"`) });
  await using proxy = activate(process.execPath, [main, 'proxy', '-c', 'shop.kdl'], [socket], { cwd: folder.path });
  const url = await eventually('the address', () => /http:\/\/127\.0\.0\.1:\d+/.exec(proxy.told())?.[0]);
  assert.equal(url, `http://127.0.0.1:${socket.address.port}`);
  assert.equal((await fetch(url, { headers: { connection: 'close' } })).status, 200);
  proxy.stop();
  assert.equal(await proxy.ended, 0);
});
