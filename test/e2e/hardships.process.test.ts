// What happens to machines: descriptors run out, the clock is set, nobody reads any more, an agent is told in a unit. Each
// with a real stack, which goes on serving.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { eventually, isRunning } from '../stack/processes.ts';
import { launcher, startStack } from './up-stack.ts';

const config = 'routes { route "r" { builtin-handler "health" } }';

test('a supervisor without a free descriptor serves on, and restarts what died when there are some again', async () => {
  await using stack = await startStack({ config, system: 'worker-threads 2' });
  const url = await stack.url();
  const used = (await readdir(`/proc/${stack.pid}/fd`)).length;
  await execa('prlimit', ['--pid', String(stack.pid), `--nofile=${used - 2}:`]);
  const [worker = 0] = stack.pidsOf('proxy/1');
  process.kill(worker, 'SIGKILL');
  await stack.find(
    ({ event, child, ...rest }) =>
      event === 'child-exited' && child === 'proxy/1' && JSON.stringify(rest).includes('EMFILE'),
    'EMFILE',
  );
  for (let asked = 0; asked < 20; asked += 1)
    assert.equal((await fetch(url, { headers: { connection: 'close' } })).status, 200);
  await execa('prlimit', ['--pid', String(stack.pid), '--nofile=1024:']);
  await eventually('the worker again', () => stack.count('child-ready', 'proxy/1') > 1);
  assert.equal(stack.count('child-exited', 'proxy/2'), 0);
});

/** The day jumps an hour ahead after half a second, and two hours back after another. */
const jumpingClock = `const Real = Date; const began = Real.now();
const now = () => { const ms = Real.now() - began; return Real.now() + (ms < 500 ? 0 : ms < 2500 ? 3600e3 : -3600e3); };
globalThis.Date = class extends Real {
  constructor(...words) { if (words.length === 0) super(now()); else super(...words); }
  static now() { return now(); }
};`;

test('the clock jumps an hour ahead, then two back: nobody is killed, and who dies returns as usual', async () => {
  await using stack = await startStack({
    config,
    system: 'worker-threads 2',
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(jumpingClock)}` },
  });
  const url = await stack.url();
  const began = performance.now();
  let asked = 0;
  while (performance.now() - began < 4000) {
    assert.equal((await fetch(url, { headers: { connection: 'close' } })).status, 200);
    if (asked === 0) process.kill(stack.pidsOf('proxy/1')[0] ?? 0, 'SIGKILL');
    asked += 1;
    await sleep(20);
  }
  await eventually('the worker again', () => stack.count('child-ready', 'proxy/1') > 1);
  const exits = stack.lines.filter(({ event }) => event === 'child-exited');
  assert.deepEqual(
    exits.map(({ child }) => child),
    ['proxy/1'],
  );
  assert(Number(exits[0]?.['next_ms']) <= 200, 'the delay of a first restart');
  stack.kill('SIGTERM');
  await stack.exited; // its last lines are told two hours before the first ones, or one
  const times = stack.lines.map(({ time }) => Date.parse(String(time))).filter(Number.isFinite);
  assert(Math.max(...times) - Math.min(...times) > 3_000_000, 'the clock did jump');
});

test('the supervisor keeps time by the clock that only counts', async () => {
  // What people are shown, what is compared with times that they were shown, and times of files.
  const allowed = [
    'answers.ts',
    'api/server.ts',
    'code-cache.ts',
    'commands/logs.ts',
    'commands/status.ts',
    'commands/top.ts',
    'commands/waf.ts',
    'configured.ts',
    'doctor/facts.ts',
    'firewall-exclude.ts',
    'journal.ts',
    'line-view.ts',
    'log-file.ts',
    'operator.ts',
    'pretty-face.ts',
  ];
  const folder = join(import.meta.dirname, '..', '..', 'stack');
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const found: string[] = [];
  for (const name of files) {
    const text = await readFile(join(folder, name), 'utf8');
    if (/\bDate\.now\b|new Date\(\)/.test(text)) found.push(name);
  }
  assert.deepEqual(found.toSorted(), allowed);
});

test('nobody reads any more: the stack serves, and stops as it should', async () => {
  await using probe = await startStack({ config, system: 'worker-threads 1' });
  const { host } = new URL(await probe.url());
  probe.kill('SIGTERM');
  await probe.exited;
  const whole = `system { runtime-dir "${join(probe.folder, 'second')}"; worker-threads 1 }
listeners { listener "http" { address "${host}" } }; ${config}`;
  const shell = `"$0" up --log-format json -c "$1" 2>&1 | head -n 1`;
  const file = join(probe.folder, 'second.kdl');
  await execa('sh', ['-c', 'cat > "$0"', file], { input: whole });
  const running = execa('sh', ['-c', shell, launcher, file], { reject: false });
  const serves = async () => (await fetch(`http://${host}`).catch(() => undefined))?.status === 200;
  await eventually('it serves', serves);
  for (let asked = 0; asked < 200; asked += 1)
    assert(await serves(), 'each request has an access line that nobody takes');
  const { pid } = JSON.parse(await readFile(join(probe.folder, 'second', 'lock'), 'utf8'));
  process.kill(pid, 'SIGTERM');
  await eventually('its end', async () => !(await isRunning(pid)));
  await running;
});
