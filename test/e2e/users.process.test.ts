// A stack that was started as root: the supervisor stays root, workers and agents are who they are told to be, and still
// reach each other; a reload and a take-over included. Without root it is skipped, and says so.

import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../stack/processes.ts';
import { startStack } from './up-stack.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures');

async function identityOf(pid: number): Promise<[user: number, group: number]> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const real = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return [real('Uid'), real('Gid')];
}

const isRoot = process.getuid?.() === 0;
const skip = isRoot ? false : 'only root can run something as another user';

async function start(system: string, agent = '', more = '') {
  return startStack({
    isOpen: true,
    system: `worker-threads 1; ${system}`,
    config: `routes { route "r" { builtin-handler "health"; filters "screen" } }
filters { filter "screen" { agent "screen" } }
agents {
  agent "screen" { use "denylist"; transport { unix-socket "d.sock" }; events "request-headers"; failure-mode "closed"
    config { paths "/secret" }; ${agent} }
  ${more}
}`,
  });
}

const nobody = 65_534;
const daemon = 1;
const bin = 2;

test('workers and agents run as the user of the system block, and agents are asked', { skip }, async () => {
  await using stack = await start('user "nobody"; group "daemon"');
  const url = await stack.url();
  assert.deepEqual(await identityOf(stack.pid), [0, 0]);
  for (const child of ['screen', 'proxy/1'])
    assert.deepEqual(await identityOf(stack.pidsOf(child)[0] ?? 0), [nobody, daemon], child);
  assert.equal((await fetch(url)).status, 200);
  assert.equal((await fetch(`${url}/secret`)).status, 403);
});

test('an agent may be another one than the workers, a program that is not ours too', { skip }, async () => {
  const theirs = `agent "theirs" { command "${process.execPath}" "${join(fixtures, 'unix-listener.ts')}"; user "bin"
    transport { unix-socket "t.sock" }; events "log"; failure-mode "open" }`;
  await using stack = await start('user "nobody"', 'user "daemon"; confined #false', theirs);
  const url = await stack.url();
  assert.deepEqual(await identityOf(stack.pidsOf('screen')[0] ?? 0), [daemon, daemon]);
  assert.deepEqual(await identityOf(stack.pidsOf('theirs')[0] ?? 0), [bin, bin]);
  assert.deepEqual(await identityOf(stack.pidsOf('proxy/1')[0] ?? 0), [nobody, nobody]);
  assert.equal((await fetch(`${url}/secret`)).status, 403);
  stack.kill('SIGHUP'); // nothing has changed, so nothing is replaced
  await stack.find(({ event }) => event?.startsWith('reload-') === true, 'the reload');
  const cache = await stat(join(stack.folder, 'run', 'uid-1', 'compile-cache'));
  assert.equal(cache.mode & 0o022, 0, 'who connects to an agent may not write what it runs');
  process.kill(stack.pidsOf('screen')[0] ?? 0, 'SIGKILL');
  await eventually('the agent again', () => stack.count('child-ready', 'screen') > 1);
  await eventually('its answers', async () => (await fetch(`${url}/secret`)).status === 403);
});

test('a user that there is not is refused before anything is started', { skip }, async () => {
  await using stack = await start('user "no-such-user-here"');
  const { exitCode } = await stack.exited;
  assert.equal(exitCode, 3);
  assert.match(stack.output.join('\n'), /this system has no user "no-such-user-here" .*user-unknown/);
});
