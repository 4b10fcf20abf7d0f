// The worker as a program: what it prints, how it ends, what it says to the supervisor, and how it drains.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, BoundSocket, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { packConfig, readFromChild } from '#config/channel';
import { loadText } from '#config/load';
import { Upstream } from '../fixtures/upstream.ts';
import { activate, listeningSocket } from '../support/activation.ts';
import { RawClient, startProxy, statusOf, until } from '../support/proxy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const main = join(import.meta.dirname, '../../proxy/main.ts');
const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const demo =
  'schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "demo" { builtin-handler "demo" } }\n';

test('alone: it says where it listens, and ends with 0 on either signal', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    await using proxy = await startProxy(demo);
    assert.match(proxy.stderr(), /^listening http:\/\/127\.0\.0\.1:\d+\n$/);
    assert.equal(statusOf(await proxy.request(get)), 200);
    proxy.signal(signal);
    assert.deepEqual(await proxy.ended, { code: 0, signal: undefined });
    assert.equal((await proxy.lines(1)).length, 1, 'the last access lines are written');
  }
});

test('what is in flight is finished, and kept connections end in order after their next reply', async () => {
  await using upstream = await Upstream.start(() => undefined);
  await using proxy = await startProxy(
    `schema-version "1"\nlisteners { listener "http" { address "127.0.0.1:0" } }\nroutes { route "s" { matches { path "/slow" }; upstream "u" }; route "demo" { builtin-handler "demo" } }\nupstreams { upstream "u" { target "${upstream.address}" } }`,
  );
  await using slow = await RawClient.open(proxy.port());
  await using kept = await RawClient.open(proxy.port());
  kept.send(get);
  await kept.sees('headers');
  slow.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(
    () => upstream.bytes !== '',
    () => 'the slow request does not arrive',
  );
  proxy.signal('SIGTERM');
  await until(() => proxy.stderr().includes('worker-draining'), proxy.stderr);
  kept.received = '';
  kept.send(get);
  assert.match(await kept.ends(), /Connection: close\r\n[\s\S]*demo backend/);
  await assert.rejects(RawClient.open(proxy.port()), /ECONNREFUSED/);
  upstream.connections[0]?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone');
  assert.match(await slow.ends(), /Connection: close\r\n\r\ndone$/);
  assert.deepEqual(await proxy.ended, { code: 0, signal: undefined });
});

test('a wrong configuration, a wrong command line and a taken address are said, each with its exit code', async () => {
  await assert.rejects(
    startProxy('schema-version "1"\nlisteners { listener "http" { adress "127.0.0.1:0" } }'),
    /unknown key 'adress'.*config-unknown-key/s,
  );
  const wrong = await execa(process.execPath, [main, '--nonsense'], { reject: false });
  assert.deepEqual([wrong.exitCode, wrong.stderr.startsWith('usage: ')], [2, true]);
  const server = createServer().listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const taken = demo.replace(':0"', `:${port}"`);
    await assert.rejects(
      startProxy(`${taken}// "127.0.0.1:0"\n`),
      /cannot listen on 127\.0\.0\.1:\d+ \(listener "http"\): another program listens there.*\[listen-failed\]/,
    );
  } finally {
    server.close();
  }
});

/** A worker with a channel and with sockets from descriptor 3 on, as the supervisor starts it. */
function supervised(...sockets: readonly number[]) {
  const child = execa(process.execPath, [main], {
    reject: false,
    buffer: false,
    ipc: true,
    serialization: 'json',
    stdio: ['pipe', 'pipe', 'pipe', ...sockets.map((fd) => fd as 3)],
  });
  const heard: unknown[] = [];
  child.nodeChildProcess.on('message', (message) => {
    if (readFromChild(message)?.type !== 'recall') heard.push(message); // which is answered by nobody here
  });
  const hears = async () => {
    await until(
      () => heard.length > 0,
      () => 'it says nothing',
    );
    return readFromChild(heard.shift());
  };
  const dispose = async () => {
    child.kill('SIGKILL');
    await child;
  };
  return { child, hears, [Symbol.asyncDispose]: dispose };
}

test('under the supervisor: handed its sockets, it says when it can serve, and drains when told or left alone', async () => {
  using folder = tempFolder();
  const path = folder.of('a.sock');
  const loaded = loadText(
    't.kdl',
    `${demo.replace('"127.0.0.1:0"', `"127.0.0.1:0" "unix:${path}"`)}admin { address "127.0.0.1:0" }`,
  );
  assert(loaded.ok);
  const config = packConfig(loaded.config);
  const onPath: ConstructorParameters<typeof BoundSocket>[0] & { path: string } = { path };
  for (const ending of ['drain', 'disconnect'] as const) {
    using tcp = new BoundSocket({ host: '127.0.0.1' });
    using unix = new BoundSocket(onPath);
    using admin = new BoundSocket({ host: '127.0.0.1' });
    const sockets = [
      { listener: 'http', address: '127.0.0.1:0', fd: 3 },
      { listener: 'http', address: `unix:${path}`, fd: 4 },
      { address: '127.0.0.1:0', fd: 5 },
    ];
    const { port } = tcp.address();
    await using first = supervised(tcp.fd(), unix.fd(), admin.fd());
    first.child.nodeChildProcess.send({ type: 'start', ticketSecret: 'secret', worker: 1, config, sockets });
    const addresses = `127.0.0.1:${port} unix:${path}`;
    const ready = { type: 'ready', detail: `${addresses} 127.0.0.1:${admin.address().port}` };
    assert.deepEqual(await first.hears(), ready);
    await using second = supervised(tcp.fd(), unix.fd(), admin.fd());
    second.child.nodeChildProcess.send({ type: 'start', ticketSecret: 'secret', worker: 2, config, sockets });
    assert.deepEqual(await second.hears(), ready);
    for (const { child } of [first, second]) {
      for (const place of [port, path]) {
        await using client = await RawClient.open(place);
        client.send(get);
        await client.sees('demo backend');
      }
      if (ending === 'drain') child.nodeChildProcess.send({ type: 'drain' });
      else child.nodeChildProcess.disconnect();
      assert.equal((await child).exitCode, 0, ending); // the one that is left serves on
    }
    await using waiting = await RawClient.open(port); // both are gone, and nobody is refused
    assert(!waiting.isClosed && existsSync(path));
  }
});

test("under the supervisor: a worker serves its own sockets, and another's when told that it ended", async () => {
  const loaded = loadText('t.kdl', demo);
  assert(loaded.ok);
  const config = packConfig(loaded.config);
  using own = new BoundSocket({ host: '127.0.0.1', reusePort: true });
  const { port } = own.address();
  using others = new BoundSocket({ host: '127.0.0.1', port, reusePort: true });
  const place = { listener: 'http', address: '127.0.0.1:0' };
  const sockets = [
    { ...place, fd: 3, worker: 1 },
    { ...place, fd: 4, worker: 2 },
  ];
  await using first = supervised(own.fd(), others.fd());
  first.child.nodeChildProcess.send({ type: 'start', ticketSecret: 'secret', worker: 1, config, sockets });
  await using second = supervised(own.fd(), others.fd());
  second.child.nodeChildProcess.send({ type: 'start', ticketSecret: 'secret', worker: 2, config, sockets });
  for (const worker of [first, second])
    assert.deepEqual(await worker.hears(), { type: 'ready', detail: `127.0.0.1:${port}` });
  second.child.kill('SIGKILL');
  await second.child;
  // Each connection goes to either socket by chance; among 40 some wait for the worker that is gone.
  const clients = await Promise.all(Array.from({ length: 40 }, () => RawClient.open(port)));
  for (const client of clients) client.send(get);
  await until(
    () => clients.some(({ received }) => received !== ''),
    () => 'none is served',
  );
  for (const worker of [2, 2]) first.child.nodeChildProcess.send({ type: 'cover', worker }); // twice is once
  await Promise.all(clients.map((client) => client.sees('demo backend')));
  for (const client of clients) await client[Symbol.asyncDispose]();
  first.child.nodeChildProcess.send({ type: 'drain' });
  assert.equal((await first.child).exitCode, 0);
});

test('alone, with sockets that were opened for it: it serves them, opens the rest, and refuses what fits nothing', async () => {
  using folder = tempFolder();
  using http = await listeningSocket({ host: '127.0.0.1' });
  using unix = await listeningSocket({ path: folder.of('a.sock') });
  const { port } = http.address;
  const addresses = `"unix:${folder.of('a.sock')}" "127.0.0.1:0" "127.0.0.1:${port}"`;
  folder.write('test.kdl', demo.replace('"127.0.0.1:0"', addresses));
  const args = [main, '-c', folder.of('test.kdl')];
  {
    await using proxy = activate(process.execPath, args, [http, unix], { names: 'web:local' });
    await until(
      () => proxy.told().split('\n').length === 4,
      () => proxy.told(),
    );
    const [first, second, third] = proxy.told().split('\n');
    assert.deepEqual([first, third], [`listening unix:${folder.of('a.sock')}`, `listening http://127.0.0.1:${port}`]);
    for (const place of [port, folder.of('a.sock'), Number(second?.split(':').at(-1))]) {
      await using client = await RawClient.open(place);
      client.send(get);
      await client.sees('demo backend');
    }
    proxy.stop();
    assert.equal(await proxy.ended, 0);
  }
  assert(existsSync(folder.of('a.sock')), 'the file is not ours to remove');
  using stray = await listeningSocket({ host: '127.0.0.1' });
  await using refused = activate(process.execPath, args, [http, stray], { names: 'web:stray' });
  assert.equal(await refused.ended, 3);
  const where = `descriptor 4 ("stray") listens on 127.0.0.1:${stray.address.port}`;
  assert.equal(
    refused.told(),
    `the socket handed over as ${where}, which is no address of the configuration [listen-socket-unused]\n`,
  );
});

test('under the supervisor: what is said before and in one breath with the order to start costs no order', async () => {
  const loaded = loadText('t.kdl', demo);
  assert(loaded.ok);
  await using worker = supervised();
  const { nodeChildProcess: process } = worker.child;
  for (const name of ['a', 'b', 'c']) process.send({ type: 'agent-ready', name });
  process.send({ type: 'start', ticketSecret: 'secret', worker: 1, config: packConfig(loaded.config), sockets: [] });
  for (let heard = await worker.hears(); heard?.type !== 'ready'; heard = await worker.hears()) {
    assert.equal(heard?.type, 'recall', 'it asks what others remember, and is ready');
    process.send({ type: 'memory', text: '' });
  }
});

test('under the supervisor: what keeps it from starting is told with its code', async () => {
  const loaded = loadText('t.kdl', `${demo}observability { logging { access-log { path "/no/such/folder/x" } } }`);
  assert(loaded.ok);
  await using worker = supervised();
  worker.child.nodeChildProcess.send({
    type: 'start',
    ticketSecret: 'secret',
    worker: 1,
    config: packConfig(loaded.config),
    sockets: [],
  });
  const heard = await worker.hears();
  assert(heard?.type === 'failed');
  assert.equal(heard.code, 'access-log-failed');
  assert.equal((await worker.child).exitCode, 3);
});
