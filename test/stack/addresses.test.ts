// Probing addresses on loopback: free ones, taken ones with their owner, and impossible ones.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { link, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type ListenOptions, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { loadText } from '#config/load';
import type { Config } from '#config/schema';
import { probeAddresses } from '../../stack/addresses.ts';

function listenersOn(...addresses: string[]): Config {
  const text = `listeners { listener "a" { address ${addresses.map((one) => `"${one}"`).join(' ')} } }
    routes { route "r" { builtin-handler "status" } }`;
  const loaded = loadText('test.kdl', text);
  assert(loaded.ok, JSON.stringify(loaded.problems));
  return loaded.config;
}

async function listen(options: ListenOptions): Promise<Server & AsyncDisposable> {
  const server = createServer().listen(options);
  await once(server, 'listening');
  return server;
}

test('free addresses, and port 0, are no trouble; a probe leaves nothing open', async () => {
  const config = listenersOn('127.0.0.1:0', '[::1]:0');
  assert.deepEqual(await probeAddresses(config), []);
  await using server = await listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo;
  await server[Symbol.asyncDispose]();
  const free = listenersOn(`127.0.0.1:${port}`);
  assert.deepEqual(await probeAddresses(free), []);
  assert.deepEqual(await probeAddresses(free), []);
});

test('a taken port is told with the program that has it', async () => {
  await using server = await listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo;
  const [complaint] = await probeAddresses(listenersOn(`127.0.0.1:${port}`));
  const owner = `${basename(process.execPath)} (pid ${process.pid})`;
  assert.equal(complaint?.code, 'listen-address-in-use');
  assert.equal(complaint.what, `cannot listen on 127.0.0.1:${port}: in use by ${owner}`);
  assert.match(complaint.hint ?? '', /choose another address such as 127\.0\.0\.1:\d+, or stop that program/);
});

test('a port shared by SO_REUSEPORT counts as taken: two stacks must not share one in silence', async () => {
  await using server = await listen({ host: '127.0.0.1', port: 0, reusePort: true });
  const { port } = server.address() as AddressInfo;
  assert.equal((await probeAddresses(listenersOn(`127.0.0.1:${port}`)))[0]?.code, 'listen-address-in-use');
});

test('all that is wrong is told, in order: an address of another machine, then a socket that is served', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'addresses-'));
  try {
    const path = join(folder, 'served.sock');
    await using server = await listen({ path });
    const complaints = await probeAddresses(listenersOn('192.0.2.1:8080', `unix:${path}`)); // 192.0.2.0/24: RFC 5737
    assert.deepEqual(
      complaints.map(({ code, what }) => [code, what]),
      [
        ['listen-address-unusable', 'cannot listen on 192.0.2.1:8080: this machine has no such address'],
        ['listen-address-in-use', `cannot listen on unix:${path}: in use by another program`],
      ],
    );
    assert(server.listening);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a socket that nobody serves any more is no trouble', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'addresses-'));
  const [served, left] = [join(folder, 'served.sock'), join(folder, 'left.sock')];
  const server = await listen({ path: served });
  await link(served, left); // the server takes only its own name away
  await server[Symbol.asyncDispose]();
  assert.deepEqual(await probeAddresses(listenersOn(`unix:${left}`)), []);
  await rm(folder, { recursive: true });
});
