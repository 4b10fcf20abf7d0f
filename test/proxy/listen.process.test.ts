// Listeners: addresses of each kind, leftovers of a socket that is gone, what cannot be opened, and draining.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { ListenFailure, listenOn, urlOf } from '../../proxy/listen.ts';
import { Upstream } from '../fixtures/upstream.ts';
import { listeningSocket } from '../support/activation.ts';
import { RawClient, until } from '../support/proxy.ts';
import { TestWorker } from '../support/worker.ts';

test('the address that is really open comes back', async () => {
  for (const [written, pattern] of [
    ['127.0.0.1:0', /^127\.0\.0\.1:[1-9]\d*$/],
    ['[::1]:0', /^\[::1\]:[1-9]\d*$/],
  ] as const) {
    const server = createServer();
    assert.match(await listenOn(server, { address: written }, undefined), pattern);
    server.close();
  }
  assert.deepEqual([urlOf('127.0.0.1:80'), urlOf('unix:/x')], ['http://127.0.0.1:80', 'unix:/x']);
});

test('a socket that was handed over is served, whatever the address says', async () => {
  using socket = await listeningSocket({ host: '127.0.0.1' });
  const script = `
    import { createServer } from 'node:net';
    import { listenOn } from '${join(import.meta.dirname, '../../proxy/listen.ts')}';
    const server = createServer((client) => client.end('served'));
    console.log(await listenOn(server, { listener: 'a', address: '127.0.0.1:1' }, 3));`;
  const child = execa(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit', socket.fd as 3],
    reject: false,
  });
  try {
    const [line] = await once(child.stdout, 'data');
    assert.equal(String(line), `127.0.0.1:${socket.address.port}\n`);
    await using client = await RawClient.open(socket.address.port);
    assert.equal(await client.ends(), 'served');
  } finally {
    child.kill();
    await child;
  }
});

test('a Unix socket that was left behind is replaced, one that answers is not', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'listen-'));
  const path = join(folder.path, 's');
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await execa(process.execPath, ['-e', script], { reject: false });
  const server = createServer();
  await listenOn(server, { address: `unix:${path}` }, undefined);
  await assert.rejects(
    listenOn(createServer(), { listener: 'b', address: `unix:${path}` }, undefined),
    (error) => error instanceof ListenFailure && /listener "b".*another program listens there/.test(error.message),
  );
  server.close();
  await once(server, 'close');
});

test('what cannot be opened is told with the reason in words', async () => {
  await assert.rejects(
    listenOn(createServer(), { address: 'unix:/no/such/folder/s' }, undefined),
    /the folder of the socket does not exist/,
  );
  await assert.rejects(listenOn(createServer(), { address: '192.0.2.1:0' }, undefined), /does not have that address/);
});

test('draining waits for what is in flight and cuts it when the time is up, each with its line', async () => {
  await using upstream = await Upstream.start(() => undefined);
  await using worker = await TestWorker.forwarding(upstream);
  await using busy = await worker.open();
  busy.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(
    () => upstream.bytes !== '',
    () => 'nothing arrives',
  );
  const drained = await worker.listeners.drain(50);
  assert.deepEqual(drained, { connections: 1, cut: 1 });
  await busy.ends();
  assert.equal((await worker.lines(1))[0]?.status, 499);
  await assert.rejects(RawClient.open(worker.port), /ECONNREFUSED/);
  assert.equal(worker.worker.connectionsOpen, 0);
});
