// The whole product as a user runs it: a stack that starts, serves, survives kill -9 of each part, and stops.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { identify } from '../../stack/process-identity.ts';
import { eventually } from '../stack/processes.ts';
import { effect } from '../support/effect.ts';
import { startStack } from './up-stack.ts';

const status = 'routes { route "r" { builtin-handler "status" } }';

function denylist(more = '', failureMode = 'open'): string {
  return `routes { route "r" { builtin-handler "status"; filters "screen" } }
filters { filter "screen" { agent "denylist" } }
agents { agent "denylist" { use "denylist"; transport { unix-socket "d.sock" }; events "request-headers"
  timeout-ms 2000; failure-mode "${failureMode}"; restart-delay-ms 10; config { paths "/secret" }
  ${more} } }`;
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url, { headers: { connection: 'close' } });
  await response.arrayBuffer();
  return response.status;
}

test('the embedded default: it serves, it blocks, and Ctrl-C ends it with 0', async () => {
  // Its admin address is fixed; another stack on this machine may have it for a while.
  const stack = await eventually('127.0.0.1:9090 to be free', async () => {
    const tried = await startStack({ args: ['--listen', '127.0.0.1:0', '--workers', '1'] });
    const outcome = await Promise.race([tried.url(), tried.exited]);
    if (typeof outcome === 'string') return tried;
    assert(
      tried.output.some((line) => line.includes('127.0.0.1:9090: in use')),
      tried.output.join('\n'),
    );
    await tried[Symbol.asyncDispose]();
    return undefined;
  });
  await using running = stack;
  const url = await running.url();
  assert.equal(await statusOf(`${url}/`), 200);
  assert.equal(await statusOf(`${url}/?id=1'%20OR%201=1--`), 403);
  running.kill('SIGINT');
  assert.equal((await running.exited).exitCode, 0);
});

effect(['system.worker-threads', 'agents.agent.use'], async () => {
  await using stack = await startStack({ config: denylist(), system: 'worker-threads 2' });
  const url = await stack.url();
  const ready = stack.lines.filter(({ event }) => event === 'child-ready').map(({ child }) => child);
  assert.deepEqual([ready[0], ...ready.slice(1).toSorted()], ['denylist', 'proxy/1', 'proxy/2']);
  assert.deepEqual([await statusOf(`${url}/`), await statusOf(`${url}/secret`)], [200, 403]);
});

test('kill -9 of each child: it comes back, and the stack serves on', async () => {
  await using stack = await startStack({ config: denylist(), args: ['--workers', '2'] });
  const url = await stack.url();
  for (const child of ['denylist', 'proxy/1', 'proxy/2']) {
    process.kill(stack.pidsOf(child)[0] ?? 0, 'SIGKILL');
    await eventually(`${child} to be ready again`, () => stack.count('child-ready', child) === 2);
  }
  assert.equal(await stack.url(), url);
  await eventually(
    'both answers',
    async () => (await statusOf(`${url}/`)) === 200 && (await statusOf(`${url}/secret`)) === 403,
  );
  const exits = stack.lines.filter(({ event }) => event === 'child-exited');
  assert.deepEqual(
    exits.map(({ child, signal, next }) => [child, signal, next]),
    [
      ['denylist', 'SIGKILL', 'restart'],
      ['proxy/1', 'SIGKILL', 'restart'],
      ['proxy/2', 'SIGKILL', 'restart'],
    ],
  );
});

test('kill -9 of the supervisor leaves no process', async () => {
  const args = ['--workers', '2', '--shutdown-timeout', '1'];
  await using stack = await startStack({ config: denylist(), system: 'orphan-grace-secs 3', args });
  await stack.url();
  stack.kill('SIGKILL');
  await eventually('every child to be gone', async () =>
    (await Promise.all(stack.pidsOf().map(identify))).every((one) => one === undefined),
  );
  assert.equal(stack.pidsOf().length, 3);
});

test('a second stack on the same runtime folder is refused, naming the first', async () => {
  await using stack = await startStack({ config: status, args: ['--workers', '1'] });
  await stack.url();
  const main = join(import.meta.dirname, '..', '..', 'stack', 'main.ts');
  const second = await execa(process.execPath, [main, 'up'], { cwd: stack.folder, reject: false });
  assert.equal(second.exitCode, 3);
  assert.match(second.stderr, new RegExp(`in use by another stack \\(pid ${stack.pid}\\) \\[stack-already-running\\]`));
});

effect(['agents.agent.command', 'agents.agent.env'], async () => {
  const fixture = join(import.meta.dirname, '..', 'fixtures', 'crashes-on-demand.ts');
  const agent = `agents { agent "mine" { command "${process.execPath}" "${fixture}" "--print" "TOKEN"
    transport { unix-socket "m.sock" }; events "request-headers"; failure-mode "open"; env { TOKEN "t-123" } } }`;
  await using stack = await startStack({ config: `${status}\n${agent}`, args: ['--workers', '1'] });
  await stack.find(({ child, text }) => child === 'mine' && text === 'TOKEN=t-123', 'the agent to print its variable');
  await stack.url();
});

effect(
  ['agents.agent.startup-timeout-secs', 'agents.agent.max-restarts', 'agents.agent.restart-delay-ms'],
  async () => {
    const fixtures = join(import.meta.dirname, '..', 'fixtures');
    const agent = (
      name: string,
      fixture: string,
      more: string,
    ) => `agent "${name}" { command "${process.execPath}" "${join(fixtures, fixture)}"
    transport { unix-socket "${name}.sock" }; events "request-headers"; failure-mode "open"; ${more} }`;
    const agents = `agents { ${agent('hangs', 'never-ready.ts', 'startup-timeout-secs 1')}
    ${agent('crashes', 'crashes.ts', 'max-restarts 2; restart-delay-ms 1')} }`;
    await using stack = await startStack({ config: `${status}\n${agents}`, args: ['--workers', '1'] });
    const url = await stack.url();
    const failed = await stack.find(({ event }) => event === 'child-failed', 'the agent that crashes to be failed');
    assert.deepEqual([failed.child, failed['next_ms'], stack.pidsOf('crashes').length], ['crashes', 60_000, 3]);
    const slow = await stack.find(
      ({ event, child }) => event === 'child-exited' && child === 'hangs',
      'the agent that hangs to be stopped',
    );
    assert.equal(slow['not_ready_ms'], 1000);
    assert.equal(await statusOf(url), 200);
  },
);

effect('system.graceful-shutdown-timeout-secs', async () => {
  const echo = 'routes { route "r" { builtin-handler "echo" } }';
  await using stack = await startStack({ config: echo, system: 'worker-threads 1; graceful-shutdown-timeout-secs 1' });
  const { port, hostname } = new URL(await stack.url());
  // A request whose body never ends: it would hold the stop for the 30 seconds that hold without the key.
  const client = connect(Number(port), hostname);
  client.on('error', () => undefined).resume(); // it is cut, which is the point
  client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nbody');
  const cut = new Promise((resolve) => client.once('close', resolve));
  await eventually('the request to have arrived', async () => (await statusOf(`http://${hostname}:${port}/`)) === 200);
  stack.kill('SIGTERM');
  const stopped = await stack.find(({ event }) => event === 'stack-stopped', 'stack-stopped'); // waits 20 s, not 30
  assert.deepEqual([(await stack.exited).exitCode, stopped['killed']], [0, []]);
  await cut;
});

effect('observability.logging.level', async () => {
  const eventsAt = async (level: string) => {
    await using stack = await startStack({ config: `${denylist()}\nobservability { logging { level "${level}" } }` });
    await eventually('the agent to listen', () => existsSync(join(stack.folder, 'run', 'd.sock')) || undefined);
    stack.kill('SIGTERM');
    assert.equal((await stack.exited).exitCode, 0, stack.output.join('\n'));
    return stack.lines.map(({ event }) => event).filter((event) => event !== undefined);
  };
  const atInfo = await eventsAt('info');
  assert(atInfo.includes('stack-stopping') && atInfo.includes('agent-listening'), atInfo.join(' '));
  assert.deepEqual(await eventsAt('error'), []);
});
