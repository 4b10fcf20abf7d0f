// Sockets held on loopback: each kind of address, what is taken, what was left behind, what was handed over.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { link, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type ListenOptions, type Server } from 'node:net';
import { basename } from 'node:path';
import { test } from 'node:test';
import type { Activation } from '#config/handed-sockets';
import { loadText } from '#config/load';
import type { Config } from '#config/schema';
import { type HeldSockets, holdSockets } from '../../stack/sockets.ts';
import { tempFolder } from '../support/temp-folder.ts';

const nothingGiven: Activation = { sockets: [], unused: [] };

function listenersOn(...addresses: string[]): Config {
  const text = `listeners { listener "a" { address ${addresses.map((one) => `"${one}"`).join(' ')} } }
    routes { route "r" { builtin-handler "status" } }`;
  const loaded = loadText('test.kdl', text);
  assert(loaded.ok, JSON.stringify(loaded.problems));
  return loaded.config;
}

async function hold(config: Config, given = nothingGiven, workers = 1): Promise<HeldSockets & Disposable> {
  const result = await holdSockets(config, workers, { activation: given });
  assert(result.ok, JSON.stringify(result));
  return Object.assign(result.held, { [Symbol.dispose]: () => result.held.close() });
}

async function complaintsOf(config: Config, given = nothingGiven, workers = 1) {
  const result = await holdSockets(config, workers, { activation: given });
  assert(!result.ok);
  return result.complaints;
}

async function listen(options: ListenOptions): Promise<Server & AsyncDisposable> {
  const server = createServer().listen(options);
  await once(server, 'listening');
  return server;
}

/** An address that was free a moment ago. */
async function freePort(): Promise<number> {
  using held = await hold(listenersOn('127.0.0.1:0'));
  return Number(held.listening['a']?.[0]?.split(':')[1]);
}

test('each address has its descriptor, port 0 becomes a port, and after the end nothing is left', async () => {
  using folder = tempFolder();
  const path = folder.of('a.sock');
  const written = ['127.0.0.1:0', '[::1]:0', 'localhost:0', `unix:${path}`, '127.0.0.1:0'];
  const held = await hold({ ...listenersOn(...written), admin: { address: '127.0.0.1:0', token: undefined } });
  const shown = held.listening['a'] ?? [];
  for (const [index, pattern] of [
    /^127\.0\.0\.1:[1-9]\d*$/,
    /^\[::1\]:[1-9]\d*$/,
    /^(127\.0\.0\.1|\[::1\]):[1-9]\d*$/,
    /^unix:\/.*a\.sock$/,
    /^127\.0\.0\.1:[1-9]\d*$/,
  ].entries())
    assert.match(shown[index] ?? '', pattern);
  assert.match(held.listening['admin']?.[0] ?? '', /^127\.0\.0\.1:[1-9]\d*$/);
  assert.equal(new Set(held.sockets.map(({ fd }) => fd)).size, 6);
  assert.deepEqual(
    held.sockets.map(({ listener, address }) => [listener, address]),
    [...written.map((one) => ['a', one]), [undefined, '127.0.0.1:0']],
  );
  assert(existsSync(path));
  held.close();
  held.close(); // twice is once
  assert(!existsSync(path));
  await using server = await listen({ host: '127.0.0.1', port: Number(shown[0]?.split(':')[1]) });
  assert(server.listening);
});

test('a taken port is told with the program that has it', async () => {
  await using server = await listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo;
  const [complaint] = await complaintsOf(listenersOn(`127.0.0.1:${port}`));
  const owner = `${basename(process.execPath)} (pid ${process.pid})`;
  assert.equal(complaint?.code, 'listen-address-in-use');
  assert.equal(complaint.what, `cannot listen on 127.0.0.1:${port}: in use by ${owner}`);
  assert.match(complaint.hint ?? '', /give another with --listen 127\.0\.0\.1:\d+, or stop that program/);
});

test('with several workers a port has a socket for each of them, a file and the admin side have one', async () => {
  using folder = tempFolder();
  const config = {
    ...listenersOn('127.0.0.1:0', `unix:${folder.of('s')}`),
    admin: { address: '127.0.0.1:0', token: undefined },
  };
  using held = await hold(config, nothingGiven, 3);
  assert.deepEqual(
    held.sockets.map(({ listener, worker }) => [listener, worker]),
    [
      ['a', 1],
      ['a', 2],
      ['a', 3],
      ['a', undefined],
      [undefined, undefined],
    ],
  );
  assert.equal(held.listening['a']?.length, 2);
  const { size } = new Set(held.sockets.map(({ fd }) => fd));
  assert.equal(size, 5);
});

test('a port shared by SO_REUSEPORT counts as taken: two stacks must not share one in silence', async () => {
  await using server = await listen({ host: '127.0.0.1', port: 0, reusePort: true });
  const { port } = server.address() as AddressInfo;
  const several = await complaintsOf(listenersOn(`127.0.0.1:${port}`), nothingGiven, 2);
  assert.equal(several[0]?.code, 'listen-address-in-use');
  assert.equal((await complaintsOf(listenersOn(`127.0.0.1:${port}`)))[0]?.code, 'listen-address-in-use');
});

test('all that is wrong is told, in order, and then nothing is kept', async () => {
  using folder = tempFolder();
  const [path, plain] = [folder.of('served.sock'), folder.of('plain')];
  await writeFile(plain, 'a file of somebody');
  const port = await freePort();
  await using server = await listen({ path });
  const addresses = ['192.0.2.1:8080', `127.0.0.1:${port}`, `unix:${path}`, `unix:${plain}`]; // 192.0.2.0/24: RFC 5737
  const complaints = await complaintsOf(listenersOn(...addresses));
  assert.deepEqual(
    complaints.map(({ code, what }) => [code, what]),
    [
      ['listen-address-unusable', 'cannot listen on 192.0.2.1:8080: this machine has no such address'],
      [
        'listen-address-in-use',
        `cannot listen on unix:${path}: in use by ${basename(process.execPath)} (pid ${process.pid})`,
      ],
      ['listen-address-in-use', `cannot listen on unix:${plain}: a file that is no socket is there`],
    ],
  );
  assert(server.listening && existsSync(plain));
  await using other = await listen({ host: '127.0.0.1', port });
  assert(other.listening);
});

test('a socket file that nobody serves any more is replaced', async () => {
  using folder = tempFolder();
  const [served, left] = [folder.of('served.sock'), folder.of('left.sock')];
  const server = await listen({ path: served });
  await link(served, left); // the server takes only its own name away
  await server[Symbol.asyncDispose]();
  using held = await hold(listenersOn(`unix:${left}`));
  assert.deepEqual(held.listening, { a: [`unix:${left}`] });
});

test('a socket that was handed over is used as it is, and one that is for nothing is refused', async () => {
  const given = { listener: 'a', address: '192.0.2.1:80', fd: 99 }; // an address that could not be opened here
  using held = await hold(listenersOn('127.0.0.1:0', '192.0.2.1:80'), { sockets: [given], unused: [] });
  assert.deepEqual(held.sockets[1], given);
  assert.equal(held.listening['a']?.[1], '192.0.2.1:80');
  const [complaint] = await complaintsOf(listenersOn('127.0.0.1:0'), { sockets: [], unused: ['it is for nothing'] });
  assert.partialDeepStrictEqual(complaint, { code: 'listen-socket-unused', what: 'it is for nothing' });
});
