// A stack as its operator meets it: every command against the real thing, as transcripts with the numbers left out; a
// background start, a killed supervisor, logs that are put aside, requests that are in flight when it stops.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { eventually } from '../stack/processes.ts';
import { effect } from '../support/effect.ts';
import { launcher, startStack } from './up-stack.ts';

const golden = join(import.meta.dirname, 'operating.golden.txt');

interface Place extends AsyncDisposable {
  readonly folder: string;
  sentinel(line: string): Promise<{ code: number | undefined; stdout: string; stderr: string }>;
  write(text: string): Promise<void>;
}

const site = (delay: number) => `listeners { listener "http" { address "127.0.0.1:0" } }
routes { route "r" { redirect { to "/there"; status ${delay} }; filters "screen" } }
filters { filter "screen" { agent "screen" } }
agents { agent "screen" { use "denylist"; transport { unix-socket "d.sock" }; events "request-headers"
  failure-mode "open"; config { paths "/secret" } } }`;

async function place(text: string, system = 'worker-threads 1'): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'face-'));
  const write = (content: string) =>
    writeFile(join(folder, 'sentinel.kdl'), `system { runtime-dir "${join(folder, 'run')}"; ${system} }\n${content}\n`);
  await write(text);
  const sentinel = async (line: string) => {
    const { exitCode, stdout, stderr } = await execa(launcher, line.split(' '), {
      cwd: folder,
      reject: false,
      stdin: 'ignore',
      timeout: 60_000,
    });
    return { code: exitCode, stdout, stderr };
  };
  return {
    folder,
    sentinel,
    write,
    async [Symbol.asyncDispose]() {
      await sentinel('down');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Numbers, times and folders left out, so that what stays is what the program says. */
function normalised(text: string, folder: string): string {
  return text
    .replaceAll(folder, 'FOLDER')
    .replace(/\d+(?:\.\d+)? (?:ms|s|min)\b/g, 'TIME')
    .replace(/\d\d:\d\d:\d\d/g, 'CLOCK')
    .replace(/config [0-9a-f]{4}\b/g, 'config HASH')
    .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replace(/pid \d+/g, 'pid PID')
    .replace(/^ {2}\S+ +up .*$/gm, (row) => row.replace(/ (?:\d[\d,.]*(?: MB|%)?|-)(?= |$)/g, ' #'))
    .replace(/(?<=\S) {2,}/g, '  ')
    .replace(/^ {3,}/gm, '   ');
}

const script = [
  'status',
  'up --detach',
  'up --detach',
  'status',
  'stop screen',
  'status',
  'start screen',
  'restart proxy',
  'restart nobody',
  'CHANGE',
  'reload',
  'reload',
  'BREAK',
  'reload',
  'logs stack -n 2',
  'logs nobody',
  'down',
  'down',
  'reolad',
];

test('every command, as a transcript', async () => {
  await using stack = await place(site(301));
  const told: string[] = [];
  for (const line of script) {
    if (line === 'CHANGE') await stack.write(site(302));
    else if (line === 'BREAK') await stack.write(site(302).replace('routes', 'ruotes'));
    else {
      const { code, stdout, stderr } = await stack.sentinel(line);
      const said = [stdout, stderr].filter((text) => text !== '').join('\n');
      told.push(`$ sentinel-stack ${line}\n${normalised(said, stack.folder)}\n[${code}]\n`);
    }
  }
  const text = `${told.join('\n')}`;
  if (process.env['WRITE_TRANSCRIPTS'] === '1') await writeFile(golden, text);
  assert.equal(text, await readFile(golden, 'utf8'));
});

test('a detached start that fails says why, with the exit code of the start', async () => {
  await using taken = createServer().listen(0, '127.0.0.1');
  await eventually('the port', () => taken.listening);
  const { port } = taken.address() as AddressInfo;
  await using stack = await place(site(301).replace('127.0.0.1:0', `127.0.0.1:${port}`));
  const { code, stderr } = await stack.sentinel('up --detach');
  assert.equal(code, 3);
  assert.match(stderr, new RegExp(`cannot listen on 127.0.0.1:${port}: in use by .*pid ${process.pid}`));
  assert.match(stderr, /give another with --listen 127\.0\.0\.1:\d+/);
  assert.equal((await stack.sentinel('up --detach --listen 127.0.0.1:0')).code, 0);
});

test('a supervisor that was killed: commands say so, and what it leaves is taken over', async () => {
  await using stack = await place(site(301));
  assert.equal((await stack.sentinel('up --detach')).code, 0);
  const { pid } = JSON.parse((await stack.sentinel('status --json')).stdout);
  process.kill(pid, 'SIGKILL');
  const status = await eventually('its absence', async () => {
    const said = await stack.sentinel('status');
    return said.code === 4 && said;
  });
  assert.match(status.stderr, /was killed; \d of its processes still serve/);
  assert.match((await stack.sentinel('doctor')).stdout, /warn {2}runtime folder .*left by a stack that was killed/);
  assert.equal((await stack.sentinel('up --detach')).code, 0);
  assert.equal((await stack.sentinel('down')).code, 0);
});

test('requests in flight when it stops: waited for, or cut and told', async () => {
  let ask: (() => void) | undefined;
  await using upstream = createServer((_request, response) => {
    ask?.();
    if (response.req.url === '/slow') setTimeout(() => response.end('late'), 500);
  }).listen(0, '127.0.0.1');
  await eventually('the upstream', () => upstream.listening);
  const { port } = upstream.address() as AddressInfo;
  const text = `listeners { listener "http" { address "127.0.0.1:0" } }
routes { route "r" { upstream "u" } }; upstreams { upstream "u" { target "127.0.0.1:${port}" } }`;
  const stopWith = async (path: string) => {
    await using stack = await place(text, 'worker-threads 1; graceful-shutdown-timeout-secs 1');
    await stack.sentinel('up --detach');
    const { listening } = JSON.parse((await stack.sentinel('status --json')).stdout);
    const { promise: arrived, resolve } = Promise.withResolvers<void>();
    ask = resolve;
    const answer = fetch(`http://${listening.http[0]}${path}`).then(
      ({ status }) => status,
      () => 'cut',
    );
    await arrived;
    const { code, stdout } = await stack.sentinel('down');
    return { code, stdout, answer: await answer };
  };
  const waited = await stopWith('/slow');
  assert.partialDeepStrictEqual(waited, { code: 0, answer: 200 });
  assert.match(waited.stdout, /^1 connection closed, 0 requests cut, stopped in/);
  const cut = await stopWith('/never');
  assert.equal(cut.code, 5);
  assert.match(cut.stdout, /^1 connection closed, 1 request cut, stopped in/);
  upstream.closeAllConnections();
});

effect('system.control-group', async () => {
  const group = String(process.getgid?.());
  await using stack = await place(site(301), `worker-threads 1; control-group "${group}"`);
  assert.equal((await stack.sentinel('up --detach')).code, 0);
  const { stdout } = await execa('stat', ['-c', '%a %g', join(stack.folder, 'run', 'control.sock')]);
  assert.equal(stdout, `660 ${group}`);
});

test('SIGUSR1: the log of the stack and the access log are opened anew, and no line is lost', async () => {
  const logs = 'observability { logging { path "stack.log"; access-log { path "access.log" } } }';
  await using stack = await startStack({ wholeConfig: `${site(301)}\n${logs}`, system: 'worker-threads 2' });
  const url = await stack.url();
  const visit = async () => void (await fetch(url, { redirect: 'manual' }));
  const at = (name: string) => join(stack.folder, name);
  const count = async (name: string) => (await readFile(at(name), 'utf8').catch(() => '')).split('\n').length - 1;
  for (let visits = 0; visits < 5; visits += 1) await visit();
  for (const name of ['stack.log', 'access.log']) await rename(at(name), at(`${name}.1`));
  stack.kill('SIGUSR1');
  await eventually('both files', () => existsSync(at('stack.log')) && existsSync(at('access.log')));
  for (let visits = 0; visits < 5; visits += 1) await visit();
  await eventually('ten lines', async () => (await count('access.log')) + (await count('access.log.1')) === 10);
  assert((await count('access.log')) > 0, 'lines go to the new file');
});
