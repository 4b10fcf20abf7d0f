// The real stack while it changes and while its supervisor is killed, under clients who keep their connections and clients
// who do not: none of them loses a request.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { z } from 'zod';
import { eventually, isRunning } from '../stack/processes.ts';
import { keepAskingHttp } from '../support/clients.ts';
import { effect } from '../support/effect.ts';
import { launcher, rewrite, startStack } from './up-stack.ts';

type Stack = Awaited<ReturnType<typeof startStack>>;

/** Clients that ask one request after the other; what came of each. `keeps`: on a kept connection. */
const load = (url: string, clients: number, keeps: boolean) => keepAskingHttp(clients, keeps, (get) => get(url));

function site({ status = 200, paths = '/secret', more = '', listener = '' } = {}): string {
  return `listeners { listener "http" { address "127.0.0.1:0" }; ${listener} }
routes { route "r" { redirect { to "/there"; status ${status} }; filters "screen" } }
filters { filter "screen" { agent "screen" } }
agents { agent "screen" { use "denylist"; transport { unix-socket "d.sock" }; events "request-headers"
  timeout-ms 5000; failure-mode "closed"; config { paths "${paths}" } }; ${more} }`;
}

/** The file with another text, and SIGHUP; resolves with the event that tells what came of it. */
async function reload(stack: Stack, text: string) {
  await rewrite(stack, text);
  const before = ends(stack).length;
  stack.kill('SIGHUP');
  return eventually(`the reload to end\n${stack.output.slice(-10).join('\n')}`, () => ends(stack)[before]);
}

const ends = ({ lines }: Stack) => lines.filter(({ event }) => event?.startsWith('reload-'));

test('reloads with another value, agent and listener, back and forth: nobody loses a request', async () => {
  const setting = { wholeConfig: site({ status: 301 }), system: 'worker-threads 2' };
  await using stack = await startStack(setting);
  const url = await stack.url();
  const [kept, anew] = [load(`${url}/`, 4, true), load(`${url}/`, 2, false)];
  assert.partialDeepStrictEqual(await reload(stack, site({ status: 302 })), { event: 'reload-applied' });
  assert.partialDeepStrictEqual(await reload(stack, site({ status: 302, paths: '/other' })), {
    event: 'reload-applied',
    replaced: ['screen', 'proxy/1', 'proxy/2'],
  });
  const listener = 'listener "more" { address "127.0.0.1:0" }';
  assert.partialDeepStrictEqual(await reload(stack, site({ status: 302, paths: '/other', listener })), {
    event: 'reload-applied',
  });
  assert.partialDeepStrictEqual(await reload(stack, site({ status: 301 })), { event: 'reload-applied' });
  const counts = [await kept.stop(), await anew.stop()];
  for (const one of counts) assert.deepEqual(Object.keys(one).toSorted(), ['301', '302'], JSON.stringify(counts));
  const secret = await fetch(`${url}/secret`, { redirect: 'manual' });
  assert.equal(secret.status, 403);
});

test('a broken file, a taken port: refused with the place, and everything as before', async () => {
  await using stack = await startStack({ wholeConfig: site({ status: 301 }), system: 'worker-threads 1' });
  const url = await stack.url();
  const broken = await reload(stack, site({ status: 301 }).replace('routes', 'ruotes'));
  assert.equal(broken.event, 'reload-refused');
  assert.match(String(broken['lines']), /sentinel\.kdl:3 .*ruotes/);
  const listener = `listener "taken" { address "${new URL(url).host}" }`;
  const taken = await reload(stack, site({ status: 301, listener }));
  assert.partialDeepStrictEqual(taken, { event: 'reload-applied' }); // a port of ours may serve two listeners' names
  assert.equal((await fetch(url, { redirect: 'manual' })).status, 301);
});

test('kill -9 of the supervisor, and another one at once: nobody loses a request, and the old ones end', async () => {
  const stranger = `agent "theirs" { command "${process.execPath}" "${join(import.meta.dirname, '..', 'fixtures', 'unix-listener.ts')}"
    transport { unix-socket "t.sock" }; events "request-headers"; failure-mode "open" }`;
  const text = site({ status: 301, more: stranger }).replace('127.0.0.1:0', await freeAddress());
  await using stack = await startStack({ wholeConfig: text, system: 'worker-threads 2; orphan-grace-secs 60' });
  const url = await stack.url();
  const old = stack.pidsOf();
  const [kept, anew] = [load(`${url}/`, 4, true), load(`${url}/`, 2, false)];
  stack.kill('SIGKILL');
  await stack.exited;
  const second = execa(launcher, ['up', '--log-format', 'json'], { cwd: stack.folder, reject: false, buffer: false });
  try {
    let output = '';
    second.stderr.setEncoding('utf8').on('data', (piece: string) => {
      output += piece;
    });
    second.stdout.resume();
    await eventually(`the second to be ready`, () => output.includes('"event":"stack-ready"'));
    await eventually('the old ones to end', async () => !(await Promise.all(old.map(isRunning))).includes(true));
    assert.deepEqual(Object.keys(await kept.stop()), ['301']);
    assert.deepEqual(Object.keys(await anew.stop()), ['301']);
    assert.match(output, /stack-takeover/);
  } finally {
    second.kill('SIGINT');
    assert.equal((await second).exitCode, 0);
  }
});

test('stopped in the moment in which it is ready, it ends what the one before has left, too', async () => {
  const text = site({ status: 301 }).replace('127.0.0.1:0', await freeAddress());
  await using stack = await startStack({ wholeConfig: text, system: 'worker-threads 2; orphan-grace-secs 60' });
  await stack.url();
  const old = stack.pidsOf();
  stack.kill('SIGKILL');
  await stack.exited;
  const second = execa(launcher, ['up', '--log-format', 'json'], { cwd: stack.folder, reject: false, buffer: false });
  second.stdout.resume();
  second.stderr.setEncoding('utf8').on('data', (piece: string) => {
    if (piece.includes('"event":"stack-ready"')) second.kill('SIGTERM');
  });
  assert.equal((await second).exitCode, 0);
  const isAlive = await Promise.all(old.map(isRunning));
  assert(!isAlive.slice(1).includes(true), 'no worker is left'); // an agent has been told
  await eventually('nobody is left', async () => !(await Promise.all(old.map(isRunning))).includes(true));
});

effect('system.orphan-grace-secs', async () => {
  const stranger = `agent "theirs" { command "${process.execPath}" "${join(import.meta.dirname, '..', 'fixtures', 'unix-listener.ts')}"
    transport { unix-socket "t.sock" }; events "request-headers"; failure-mode "open" }`;
  const left = async (graceSecs: number) => {
    const stack = await startStack({
      wholeConfig: site({ status: 301, more: stranger }),
      system: `worker-threads 1; orphan-grace-secs ${graceSecs}; graceful-shutdown-timeout-secs 1`,
    });
    const url = await stack.url();
    stack.kill('SIGKILL');
    await stack.exited;
    return { stack, url };
  };
  const { stack, url } = await left(3);
  assert.equal((await fetch(url, { redirect: 'manual' })).status, 301); // it still serves
  await stack[Symbol.asyncDispose](); // which waits until no process is left
});

effect('system.auto-reload', async () => {
  await using stack = await startStack({
    wholeConfig: `include "site.kdl"`,
    files: { 'site.kdl': site({ status: 301 }) },
    system: 'worker-threads 1; auto-reload #true',
  });
  const url = await stack.url();
  await writeFile(join(stack.folder, 'site.kdl'), site({ status: 302 }));
  await eventually('the reload', () => ends(stack)[0]);
  assert.equal((await fetch(url, { redirect: 'manual' })).status, 302);
});

effect('agents.agent.working-directory', async () => {
  const agent = (more: string) =>
    `listeners { listener "http" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status" } }
agents { agent "pwd" { command "/bin/sh" "-c" "pwd > \\"$OUT\\"; exec sleep 100"; transport { unix-socket "p.sock" }; events "request-headers"
  failure-mode "open"; startup-timeout-secs 1; env { OUT "\${OUT}" }; ${more} } }`;
  const out = join(import.meta.dirname, '..', '..', 'node_modules', `.pwd-${process.pid}`);
  const text = agent('working-directory "/usr"').replace('${OUT}', out);
  await using stack = await startStack({ wholeConfig: text, system: 'worker-threads 1' });
  const written = await eventually('the folder', async () => existsSync(out) && (await readFile(out, 'utf8')).trim());
  await execa('rm', [out]);
  assert.equal(written, '/usr');
  assert(stack.pid > 0);
});

test('a second stack on the same folder is told who has it', async () => {
  await using stack = await startStack({ wholeConfig: site({ status: 301 }), system: 'worker-threads 1' });
  await stack.url();
  const { exitCode, stderr } = await execa(launcher, ['up'], { cwd: stack.folder, reject: false });
  assert.equal(exitCode, 3);
  assert.match(stderr, new RegExp(`in use by another stack \\(pid ${stack.pid}\\)`));
});

async function freeAddress(): Promise<string> {
  await using stack = await startStack({
    config: 'routes { route "r" { builtin-handler "status" } }',
    args: ['--workers', '1'],
  });
  return z.string().parse(new URL(await stack.url()).host);
}
