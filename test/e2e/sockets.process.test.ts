// The stack's listening sockets as clients see them: nobody is refused while workers die and come back, and nothing
// listens any more when the stack stops.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { connect, type NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { descriptorName, systemSockets } from '#config/system-sockets';
import { Upstream } from '../fixtures/upstream.ts';
import { eventually } from '../stack/processes.ts';
import { activate, listeningSocket } from '../support/activation.ts';
import { keepAsking } from '../support/clients.ts';
import { RawClient, statusOf, until } from '../support/proxy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startStack } from './up-stack.ts';

const main = join(import.meta.dirname, '..', '..', 'stack', 'main.ts');
const status = 'routes { route "r" { builtin-handler "status" } }';
const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

/** One request on a connection of its own: the status, or the system's name of the error. */
function ask(place: NetConnectOpts): Promise<number | string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(place, () => socket.write(get));
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'an error'));
    socket.once('close', () => resolve(statusOf(answer) || `cut after ${answer.length} bytes`));
  });
}

function placeOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** Clients that connect anew for each request until told to stop; how often each answer came. */
const load = (place: NetConnectOpts, clients: number) => keepAsking(clients, () => ask(place));

test('kill -9 of every worker under a load of new connections: none is refused, none is lost in the queue', async () => {
  await using stack = await startStack({ config: status, args: ['--workers', '2'] });
  const under = load(placeOf(await stack.url()), 4);
  const deaths = 3;
  let inFlight = 0;
  for (let death = 1; death <= deaths; death += 1) {
    const before = under.counts[200] ?? 0;
    await eventually('the load to be served', () => (under.counts[200] ?? 0) > before + 100);
    for (const child of ['proxy/1', 'proxy/2']) process.kill(stack.pidsOf(child).at(-1) ?? 0, 'SIGKILL');
    for (const child of ['proxy/1', 'proxy/2'])
      await eventually(`${child} to be ready again`, () => stack.count('child-ready', child) === death + 1);
  }
  await under.stop();
  const { 200: served = 0, ...failed } = under.counts;
  assert(served > 100 * deaths);
  // What a worker had accepted when it was killed is gone with it, at most one request per client and death.
  for (const [answer, count] of Object.entries(failed)) {
    assert.match(answer, /^(ECONNRESET|EPIPE|cut after \d+ bytes)$/);
    inFlight += count;
  }
  assert(inFlight <= 4 * deaths, JSON.stringify(under.counts));
});

test('who connects while no worker is there waits and is served, on every address, 600 at once', async () => {
  using folder = tempFolder();
  const path = folder.of('a.sock');
  const wholeConfig = `listeners { listener "http" { address "127.0.0.1:0" "unix:${path}" } }
    admin { address "127.0.0.1:0" }; limits { max-connections-per-client 1000 }; ${status}`;
  await using stack = await startStack({ wholeConfig, args: ['--workers', '1'] });
  const place = placeOf(await stack.url());
  const ready = await stack.find(({ event }) => event === 'stack-ready', 'stack-ready');
  const { admin } = ready['listening'] as Record<string, readonly string[]>;
  process.kill(stack.pidsOf('proxy/1')[0] ?? 0, 'SIGKILL');
  await stack.find(({ event }) => event === 'child-exited', 'the worker to be gone');
  const inGap = await Promise.all([ask(place), ask({ path }), ask(placeOf(`http://${admin?.[0]}`))]);
  assert.deepEqual(inGap, [200, 200, 403]); // the admin side answers to names of loopback alone, and `ask` has another
  const pid = stack.pidsOf('proxy/1')[1] ?? 0;
  process.kill(pid, 'SIGSTOP'); // a gap that lasts as long as it takes
  try {
    const waiting = Array.from({ length: 600 }, () => RawClient.open(place.port)); // Node's own backlog is 511
    const clients = await Promise.all(waiting);
    process.kill(pid, 'SIGCONT');
    for (const client of clients) client.send(get);
    const answers = await Promise.all(clients.map((client) => client.ends()));
    assert.deepEqual(new Set(answers.map(statusOf)), new Set([200]));
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

test('every worker serves the Unix socket', async () => {
  using folder = tempFolder();
  const path = folder.of('a.sock');
  const wholeConfig = `listeners { listener "http" { address "unix:${path}" } }; ${status}`;
  await using stack = await startStack({ wholeConfig, args: ['--workers', '2'] });
  await stack.find(({ event }) => event === 'stack-ready', 'stack-ready');
  const under = load({ path }, 8);
  const servedBy = (child: string) => stack.lines.some((line) => line.child === child && line['status'] === 200);
  await eventually('lines of both workers', () => servedBy('proxy/1') && servedBy('proxy/2'));
  await under.stop();
  assert.deepEqual(Object.keys(under.counts), ['200']);
});

test('a stop refuses who comes while it drains, and leaves no socket behind', async () => {
  using folder = tempFolder();
  const path = folder.of('a.sock');
  await using upstream = await Upstream.start(() => undefined);
  const wholeConfig = `listeners { listener "http" { address "127.0.0.1:0" "unix:${path}" } }
    routes { route "slow" { matches { path "/slow" }; upstream "u" }; route "r" { builtin-handler "status" } }
    upstreams { upstream "u" { target "${upstream.address}" } }`;
  await using stack = await startStack({ wholeConfig, args: ['--workers', '2'] });
  const place = placeOf(await stack.url());
  await using busy = await RawClient.open(place.port);
  busy.send(get.replace('/', '/slow'));
  await until(
    () => upstream.bytes !== '',
    () => 'the request does not arrive',
  );
  stack.kill('SIGTERM');
  await until(
    async () => (await ask(place)) === 'ECONNREFUSED' && (await ask({ path })) === 'ENOENT',
    () => stack.output.join('\n'),
  );
  assert(!busy.isClosed);
  upstream.connections[0]?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone');
  assert.match(await busy.ends(), /200 OK[\s\S]*done$/);
  assert.equal((await stack.exited).exitCode, 0);
  const left = (await systemSockets()).filter(
    ({ address }) =>
      (address.kind === 'tcp' && address.port === place.port) || (address.kind === 'unix' && address.path === path),
  );
  assert.deepEqual([left, existsSync(path)], [[], false]);
});

test('a second stack on the port is refused with the name of the first, before anything is started', async () => {
  await using stack = await startStack({ config: status, args: ['--workers', '1'] });
  const { port } = placeOf(await stack.url());
  using folder = tempFolder({
    'sentinel.kdl': `listeners { listener "http" { address "127.0.0.1:${port}" } }; ${status}`,
  });
  const second = await execa(process.execPath, [main, 'up'], {
    cwd: folder.path,
    env: { XDG_RUNTIME_DIR: folder.path },
    reject: false,
  });
  assert.equal(second.exitCode, 3);
  const owner = new RegExp(
    `cannot listen on 127\\.0\\.0\\.1:${port}: in use by \\S+ \\(pid ${stack.pid}\\) \\[listen-address-in-use\\]`,
  );
  assert.match(second.stderr, owner);
  assert.doesNotMatch(second.stdout, /child-started/);
});

test('agents inherit no listening socket', async () => {
  const agents = `agents { agent "screen" { use "denylist"; transport { unix-socket "d.sock" }
    events "request-headers"; failure-mode "closed" } }`;
  await using stack = await startStack({ config: `${status}\n${agents}`, args: ['--workers', '1'] });
  const { port } = placeOf(await stack.url());
  const row = (await systemSockets()).find(({ address }) => address.kind === 'tcp' && address.port === port);
  const holds = async (pid = 0) => {
    const descriptors = await readdir(`/proc/${pid}/fd`);
    const names = await Promise.all(descriptors.map((fd) => descriptorName(Number(fd), pid)));
    return names.includes(row?.name);
  };
  const [worker, agent] = [stack.pidsOf('proxy/1')[0], stack.pidsOf('screen')[0]];
  assert.deepEqual([await holds(stack.pid), await holds(worker), await holds(agent)], [true, true, false]);
});

test('`up` takes the sockets of systemd, and names one that is for nothing', async () => {
  using socket = await listeningSocket({ host: '127.0.0.1' });
  using stray = await listeningSocket({ host: '127.0.0.1' });
  const { port } = socket.address;
  using folder = tempFolder();
  folder.write(
    'sentinel.kdl',
    `system { runtime-dir "${folder.of('run')}"; worker-threads 2 }; listeners { listener "http" { address "127.0.0.1:${port}" } }; ${status}`,
  );
  const args = [main, 'up', '--log-format', 'json'];
  {
    const early = ask({ host: '127.0.0.1', port }); // before there is any process to serve it
    await using stack = activate(process.execPath, args, [socket], { cwd: folder.path });
    assert.equal(await early, 200);
    stack.stop();
    assert.equal(await stack.ended, 0);
  }
  await using refused = activate(process.execPath, args, [socket, stray], { cwd: folder.path, names: 'web:other' });
  assert.equal(await refused.ended, 3);
  assert.match(
    refused.told(),
    /descriptor 4 \("other"\) listens on 127\.0\.0\.1:\d+, which is no address of the configuration \[listen-socket-unused\]/,
  );
});
