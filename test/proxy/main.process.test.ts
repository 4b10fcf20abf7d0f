// The worker as a program: what it prints, how it ends, what it says to the supervisor, and how it drains.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { packConfig, readFromChild } from '#config/channel';
import { loadText } from '#config/load';
import { Upstream } from '../fixtures/upstream.ts';
import { RawClient, startProxy, statusOf, until } from '../support/proxy.ts';

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

/** A worker with a channel, as the supervisor starts it. */
function supervised() {
  const child = execa(process.execPath, [main], { reject: false, buffer: false, ipc: true, serialization: 'json' });
  const heard: unknown[] = [];
  child.nodeChildProcess.on('message', (message) => heard.push(message));
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

test('under the supervisor: told what to serve, it says when it can, and drains when told or left alone', async () => {
  const loaded = loadText('t.kdl', `${demo}admin { address "127.0.0.1:0" }`);
  assert(loaded.ok);
  const config = packConfig(loaded.config);
  for (const ending of ['drain', 'disconnect'] as const) {
    await using first = supervised();
    first.child.nodeChildProcess.send({ type: 'start', worker: 1, config });
    const ready = await first.hears();
    assert(ready?.type === 'ready' && ready.listening !== undefined);
    assert.deepEqual(Object.keys(ready.listening), ['http', 'admin']);
    await using second = supervised();
    second.child.nodeChildProcess.send({ type: 'start', worker: 2, config, listen: ready.listening });
    const shared = await second.hears();
    assert(shared?.type === 'ready');
    assert.deepEqual(
      shared.listening,
      { http: ready.listening['http'] },
      'the second shares the port, and leaves the admin side to the first',
    );
    const port = Number(ready.listening['http']?.[0]?.split(':')[1]);
    await using client = await RawClient.open(port);
    client.send(get);
    await client.sees('demo backend');
    for (const { child } of [first, second]) {
      if (ending === 'drain') child.nodeChildProcess.send({ type: 'drain' });
      else child.nodeChildProcess.disconnect();
      assert.equal((await child).exitCode, 0, ending);
    }
  }
});

test('under the supervisor: what keeps it from starting is told with its code', async () => {
  const loaded = loadText('t.kdl', `${demo}observability { logging { access-log { path "/no/such/folder/x" } } }`);
  assert(loaded.ok);
  await using worker = supervised();
  worker.child.nodeChildProcess.send({ type: 'start', worker: 1, config: packConfig(loaded.config) });
  const heard = await worker.hears();
  assert(heard?.type === 'failed');
  assert.equal(heard.code, 'access-log-failed');
  assert.equal((await worker.child).exitCode, 3);
});
