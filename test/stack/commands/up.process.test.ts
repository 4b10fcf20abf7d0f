// What `up` refuses before it starts anything, and how it says so. A stack that comes up is told in test/e2e/up.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { holdRuntimeFolder } from '../../../stack/runtime.ts';
import { effect } from '../../support/effect.ts';
import { folderWith, type } from '../../support/terminal.ts';
import { fixtures } from '../processes.ts';

interface Written {
  readonly address?: string;
  readonly agent?: string;
  readonly runtimeDir?: string;
  readonly more?: string;
}

/** A folder with a configuration whose runtime folder is in it. */
async function folderFor({ address = '127.0.0.1:0', agent = '', runtimeDir, more = '' }: Written) {
  const folder = await folderWith({});
  const run = runtimeDir ?? join(folder.path, 'run');
  const { writeFile } = await import('node:fs/promises');
  await writeFile(
    join(folder.path, 'sentinel.kdl'),
    `system { runtime-dir "${run}"; worker-threads 1 }
listeners { listener "http" { address "${address}" } }
routes { route "r" { builtin-handler "status" } }
${agent}
${more}
`,
  );
  return Object.assign(folder, { run });
}

function agentOf(fixture: string, more = ''): string {
  return `agents { agent "slow" { command "${process.execPath}" "${join(fixtures, fixture)}"
  transport { unix-socket "slow.sock" }
  events "request-headers"
  failure-mode "closed"
  ${more} } }`;
}

test('a configuration with problems: all of them, exit code 1, nothing started', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': 'listners { }\nroutes { route "r" { upstream "none" } }' });
  const { code, stdout, stderr } = await type('up', { cwd: folder.path });
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /unknown key 'listners'/);
  assert.match(stderr, /upstream "none"|"none"/);
});

test('a taken port: who has it, what to do, exit code 3, and the runtime folder let go', async () => {
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await using folder = await folderFor({ address: `127.0.0.1:${port}` });
  const { code, stderr } = await type('up', { cwd: folder.path });
  assert.equal(code, 3);
  assert.match(
    stderr,
    new RegExp(
      `^error: cannot listen on 127.0.0.1:${port}: in use by \\S+ \\(pid ${process.pid}\\) \\[listen-address-in-use\\]\n {2}give another with --listen 127.0.0.1:\\d+, or stop that program\n$`,
    ),
  );
  const again = await holdRuntimeFolder(folder.run);
  assert(again.ok && !again.folder.tookOver);
});

effect('system.runtime-dir', async () => {
  await using folder = await folderFor({});
  const held = await holdRuntimeFolder(folder.run);
  assert(held.ok);
  const { code, stderr } = await type('up', { cwd: folder.path });
  assert.equal(code, 3);
  assert(
    stderr.includes(
      `the runtime folder ${folder.run} is in use by another stack (pid ${process.pid}) [stack-already-running]`,
    ),
  );
  await held.folder.release();
});

test('a fail-closed agent that never becomes ready: its name and its last lines, exit code 3', async () => {
  await using folder = await folderFor({ agent: agentOf('never-ready.ts') });
  const { code, stderr } = await type('up --startup-timeout 1 --log-format pretty', { cwd: folder.path });
  assert.equal(code, 3);
  assert.match(
    stderr,
    /^error: agent "slow" did not come up: was not ready after 1 s \[agent-not-ready\]\n {2}\| waiting for a licence server\n {2}it is fail-closed/,
  );
});

test('an agent that does not exist is told at once', async () => {
  const agent = agentOf('never-ready.ts', 'restart-policy "never"').replace(process.execPath, '/nonexistent/agent');
  await using folder = await folderFor({ agent });
  const { code, stderr } = await type('up', { cwd: folder.path });
  assert.equal(code, 3);
  assert.match(stderr, /agent "slow" did not come up: could not be started: .*ENOENT/);
});

test('a socket path that the system cannot hold is refused with its length', async () => {
  await using folder = await folderFor({
    agent: agentOf('never-ready.ts').replace('"slow.sock"', `"${'x'.repeat(95)}.sock"`),
  });
  const { code, stderr } = await type('up', { cwd: folder.path });
  assert.equal(code, 3);
  assert.match(stderr, /the socket path of agent "slow" has \d+ bytes, at most 99 work: .* \[agent-socket-too-long\]/);
});

test('--listen is for one listener, and takes an address', async () => {
  await using two = await folderFor({ more: 'listeners { listener "other" { address "127.0.0.1:0" } }' });
  const withTwo = await type('up --listen 127.0.0.1:0', { cwd: two.path });
  assert.deepEqual([withTwo.code, withTwo.stdout], [2, '']);
  assert.match(
    withTwo.stderr,
    /--listen is for one listener, and the configuration has 2.*\n {2}change the addresses in sentinel\.kdl/,
  );
  await using empty = await folderWith({});
  const nonsense = await type('up --listen nonsense', { cwd: empty.path });
  assert.equal(nonsense.code, 2);
  assert.match(nonsense.stderr, /--listen takes an address such as 127\.0\.0\.1:8081, not 'nonsense'/);
});

test('an error as JSON', async () => {
  await using folder = await folderFor({
    agent: agentOf('never-ready.ts', 'restart-policy "never"').replace(process.execPath, '/nonexistent/agent'),
  });
  const { stderr } = await type('up --json', { cwd: folder.path });
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert(lines.some(({ error }) => error?.code === 'agent-not-ready'));
});
