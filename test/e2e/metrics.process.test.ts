// Figures of a whole stack: added up over workers whichever of them answers, never going back when one is replaced or
// killed, well formed for scrapers, and there as long as one worker lives.

import assert from 'node:assert/strict';
import { access, appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { figureLimits } from '#config/limits';
import { until } from '../support/proxy.ts';
import { startStack } from './up-stack.ts';

const config = `
admin { address "127.0.0.1:0" }
routes { route "r" { builtin-handler "demo"; filters "screen" } }
agents { agent "screen" { use "denylist"; transport { unix-socket "d.sock" }; events "request-headers"; timeout-ms 2000; failure-mode "closed"; config { builtin-attacks #true } } }
filters { filter "screen" { agent "screen" } }`;

type Stack = Awaited<ReturnType<typeof startStack>>;

async function figure(stack: Stack, line: RegExp): Promise<number> {
  const response = await fetch(`${await stack.url('admin')}/metrics`, { headers: { Connection: 'close' } });
  const text = await response.text(); // a kept connection would be one to a certain worker, which a test may have stopped
  return Number(new RegExp(`^${line.source} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

const served = /sentinel_requests_total\{route="r",method="GET",status="200"\}/;

/** On connections of their own, so that both workers get some. */
async function send(stack: Stack, count: number): Promise<void> {
  const url = await stack.url();
  for (let sent = 0; sent < count; sent += 1)
    assert.equal((await fetch(url, { headers: { Connection: 'close' } })).status, 200);
}

test('all workers together, the agent and the supervisor; what was counted stays when workers are replaced', async () => {
  await using stack = await startStack({ config, args: ['--workers', '2'] });
  await send(stack, 30);
  assert.equal(await figure(stack, served), 30);
  assert.equal(await figure(stack, /sentinel_request_duration_seconds_count\{route="r"\}/), 30);
  assert((await figure(stack, /sentinel_agent_handled_total\{agent="screen"\}/)) >= 30);
  for (const child of ['screen', 'proxy/1', 'proxy/2'])
    assert.equal(await figure(stack, new RegExp(`sentinel_stack_child_up\\{child="${child}"\\}`)), 1);
  for (const worker of ['1', '2'])
    assert((await figure(stack, new RegExp(`sentinel_worker_resident_memory_bytes\\{worker="${worker}"\\}`))) > 1e7);

  // Killed: what it had told last is not lost, and a scrape tells it.
  process.kill(stack.pidsOf('proxy/1').at(-1) ?? 0, 'SIGKILL');
  await stack.find((line) => line.event === 'child-exited' && line.child === 'proxy/1', 'the end of a worker');
  await until(
    async () => stack.count('child-ready', 'proxy/1') === 2,
    () => stack.output.join('\n'),
  );
  assert.equal(await figure(stack, served), 30);
  assert.equal(await figure(stack, /sentinel_stack_child_restarts_total\{child="proxy\/1",reason="signal"\}/), 1);

  // Replaced in order: exact, whatever was counted since anybody asked.
  await send(stack, 10);
  await appendRoute(stack);
  stack.kill('SIGHUP');
  await stack.find((line) => line.event === 'reload-applied', 'the reload');
  await until(
    async () => (await figure(stack, served)) === 40,
    () => 'after the old workers have ended: 40',
  );
  assert.equal(await figure(stack, /sentinel_stack_reloads_total\{outcome="applied"\}/), 1);
  assert.equal(await figure(stack, /sentinel_stack_child_restarts_total\{child="proxy\/2",reason="reload"\}/), 1);
});

async function appendRoute({ folder }: Stack): Promise<void> {
  await appendFile(`${folder}/sentinel.kdl`, '\nlimits { max-connections 5000 }\n');
}

/** Settles when it has stopped: until then it may take a connection, and keep it. */
async function halt(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await until(
    async () => /\) T /.test(await readFile(`/proc/${pid}/stat`, 'utf8')),
    () => `${pid} goes on`,
  );
}

test('as long as one worker lives the admin side is there, and one that comes back knows as much', async () => {
  await using stack = await startStack({ config, args: ['--workers', '2'] });
  await send(stack, 4);
  const admin = await stack.url('admin');
  assert.equal(await figure(stack, served), 4);
  for (const child of ['proxy/1', 'proxy/2']) {
    await halt(stack.pidsOf(child).at(-1) ?? 0);
    for (let count = 0; count < 10; count += 1) {
      const response = await fetch(`${admin}/healthz`, { headers: { Connection: 'close' } });
      assert.equal(response.status, 200);
    }
    process.kill(stack.pidsOf(child).at(-1) ?? 0, 'SIGKILL');
    await until(
      async () => stack.count('child-ready', child) === 2,
      () => stack.output.join('\n'),
    );
  }
  assert.equal(await figure(stack, served), 4);
});

test('a fail-closed agent that is down makes the stack not ready, and says so', async () => {
  await using stack = await startStack({ config, args: ['--workers', '1'] });
  const admin = await stack.url('admin');
  assert.equal((await fetch(`${admin}/readyz`)).status, 200);
  let words = '';
  await until(
    async () => {
      const pid = stack.pidsOf('screen').at(-1) ?? 0;
      await Promise.allSettled([Promise.resolve().then(() => process.kill(pid, 'SIGKILL'))]); // as often as it comes back
      const response = await fetch(`${admin}/readyz`);
      words = await response.text();
      return response.status === 503;
    },
    () => `never not ready: ${words}`,
  );
  assert.match(words, /^agent "screen" .*fail-closed/);
  await until(
    async () => (await fetch(`${admin}/readyz`)).status === 200,
    () => 'ready again',
  );
});

const promtool = await access('/usr/bin/promtool').then(
  () => '/usr/bin/promtool',
  () => undefined,
);
const missing = promtool === undefined ? 'promtool is not installed: the text is not linted' : false;

test('promtool finds nothing to complain about', { skip: missing }, async () => {
  await using stack = await startStack({ config, args: ['--workers', '2'] });
  await send(stack, 3);
  assert.equal((await fetch(`${await stack.url()}/?id=1'%20OR%201=1--`)).status, 403);
  const text = await (await fetch(`${await stack.url('admin')}/metrics`)).text();
  const linted = await execa(promtool ?? '', ['check', 'metrics'], { input: text, reject: false });
  assert.deepEqual([linted.exitCode, linted.stdout, linted.stderr], [0, '', '']);
  // It lints no OpenMetrics; but it reads them, with times, into a data base.
  const accept = { Accept: 'application/openmetrics-text; version=1.0.0' };
  const open = await (await fetch(`${await stack.url('admin')}/metrics`, { headers: accept })).text();
  const timed = join(stack.folder, 'timed.txt');
  await writeFile(timed, open.replaceAll(/^(?!#)(.+)$/gm, '$1 1700000000'));
  const read = await execa(
    promtool ?? '',
    ['tsdb', 'create-blocks-from', 'openmetrics', timed, join(stack.folder, 'tsdb')],
    {
      reject: false,
    },
  );
  assert.equal(read.exitCode, 0, read.stderr);
  assert(text.length < figureLimits.answerCharactersMax);
});
