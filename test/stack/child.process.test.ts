// Real processes: what a child does is told as it is, and after its end nothing of it is left.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { BoundSocket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { descriptorName } from '#config/system-sockets';
import { type Start, startChild } from '../../stack/child.ts';
import type { ChildSpec } from '../../stack/plan.ts';
import type { Exit } from '../../stack/state.ts';
import { agentFixture, eventually, fixtures, isRunning, workerFixture } from './processes.ts';

const never = new AbortController().signal;
const atOnce = AbortSignal.abort();

/** A child that is killed at the end of the test, and everything it told. */
function follow(spec: ChildSpec, start?: Start) {
  const told = {
    lines: [] as string[],
    ready: [] as string[],
    problems: [] as string[],
    notes: [] as string[],
    pongs: [] as number[],
    reports: [] as [number, string][],
    recalls: [] as string[],
    questions: [] as [number, string, number][],
  };
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  const child = startChild(
    spec,
    {
      ready: (detail) => told.ready.push(detail),
      problem: (code) => told.problems.push(code),
      note: (text) => told.notes.push(text),
      drained: () => undefined,
      recall: () => told.recalls.push('asked'),
      memory: (id, text) => told.reports.push([id, text]),
      putAside: () => undefined,
      pong: (id) => told.pongs.push(id),
      report: (id, text) => told.reports.push([id, text]),
      ask: (id, question, since) => told.questions.push([id, question, since]),
      line: (stream, text) => told.lines.push(`${stream} ${text}`),
      exited: resolve,
    },
    start,
  );
  return {
    ...told,
    ...child,
    exited,
    async [Symbol.asyncDispose]() {
      child.stop(0, atOnce);
      await exited;
    },
  };
}

test('an agent says ready, and stops with 0 when drained', async () => {
  await using child = follow(agentFixture('a', 'crashes-on-demand.ts'));
  await eventually('ready', () => child.ready.length > 0);
  assert.deepEqual(child.ready, ['on demand']);
  child.stop(10_000, never);
  assert.deepEqual(await child.exited, { code: 0, signal: null, killed: false, notStarted: undefined });
});

test('a worker is told to start, with its number and its sockets, which it has under other numbers', async () => {
  using socket = new BoundSocket({ host: '127.0.0.1' });
  using other = new BoundSocket({ host: '127.0.0.1' });
  const sockets = [
    { listener: 'http', address: '127.0.0.1:0', fd: other.fd() },
    { address: '127.0.0.1:9090', fd: socket.fd() },
  ];
  await using child = follow(workerFixture(3, 'crashes-on-demand.ts', { sockets }));
  await eventually('ready', () => child.ready.length > 0);
  const handed = [
    { ...sockets[0], fd: 3 },
    { ...sockets[1], fd: 4 },
  ];
  assert.deepEqual(child.ready, [`worker 3 on ${JSON.stringify(handed)}`]);
  assert.equal(await descriptorName(3, child.pid), await descriptorName(other.fd()));
  assert.equal(await descriptorName(4, child.pid), await descriptorName(socket.fd()));
});

test('a worker that is held back is told nothing until it is let go', async () => {
  await using child = follow(workerFixture(3, 'crashes-on-demand.ts'), { isHeld: true });
  child.ask('remember', 7);
  await eventually('a sign that it runs', () => child.reports.length > 0);
  assert.deepEqual(child.ready, []);
  child.begin();
  await eventually('ready', () => child.ready.length > 0);
});

test('notes of other workers reach a worker, and its own are heard', async () => {
  await using child = follow(workerFixture(1, 'crashes-on-demand.ts'));
  for (let at = 0; at < 100; at += 1) child.note(2, `note ${at}`); // more than may wait: the rest is lost, and nothing breaks
  await eventually('a note', () => child.notes.length >= 64);
  assert.equal(child.notes[0], 'from 2');
  assert(child.notes.length < 100);
});

test('what one worker remembers is asked of it, and given to one that asks', async () => {
  await using child = follow(workerFixture(1, 'crashes-on-demand.ts'));
  child.ask('remember', 7);
  await eventually('what it remembers', () => child.reports.length > 0);
  assert.deepEqual(child.reports, [[7, 'all']]);
  child.gone(2);
  await eventually('a question', () => child.recalls.length > 0);
  child.memory('yours');
  await eventually('its answer', () => child.notes.length > 0);
  assert.deepEqual(child.notes, ['knows yours']);
});

test('an agent gets no socket of ours', async () => {
  using socket = new BoundSocket({ host: '127.0.0.1' });
  const ours = await descriptorName(socket.fd());
  await using child = follow(agentFixture('a', 'crashes-on-demand.ts'));
  await eventually('ready', () => child.ready.length > 0);
  const open = (await readdir(`/proc/${child.pid}/fd`)).map((fd) => descriptorName(Number(fd), child.pid));
  assert(ours?.startsWith('socket:') === true && !(await Promise.all(open)).includes(ours));
});

test('its lines and its exit code are told, the exit last', async () => {
  await using child = follow(agentFixture('a', 'crashes.ts', { args: [join(fixtures, 'crashes.ts'), '7'] }));
  const exit = await child.exited;
  assert.equal(exit.code, 7);
  assert.deepEqual(child.lines, ['stderr cannot reach idp.internal']);
});

test('kill -9 is told as its signal', async () => {
  await using child = follow(agentFixture('a', 'crashes-on-demand.ts'));
  await eventually('ready', () => child.ready.length > 0);
  process.kill(child.pid ?? 0, 'SIGKILL');
  assert.deepEqual(await child.exited, { code: null, signal: 'SIGKILL', killed: false, notStarted: undefined });
});

test('a program that does not exist is told as not started', async () => {
  await using child = follow(agentFixture('a', 'none', { program: '/nonexistent/program' }));
  const exit = await child.exited;
  assert.match(exit.notStarted ?? '', /ENOENT/);
  assert.equal(child.pid, undefined);
});

test('10 MB without a newline do not hold it up, and become one bounded line', async () => {
  await using child = follow(agentFixture('a', 'never-ready.ts', { args: [join(fixtures, 'never-ready.ts'), 'loud'] }));
  const line = await eventually('the long line', () => child.lines.find((one) => one.startsWith('stdout x')));
  assert.match(line, /^stdout x{16384}… \(9983616 more characters\)$/);
});

test('what a crashed child leaves in its group is gone before its exit is told', async () => {
  await using child = follow(
    agentFixture('a', 'x', { args: [join(fixtures, 'crashes-leaving-children.ts'), 'at-once'] }),
  );
  await child.exited;
  const [staying = 0, leaving = 0] = (child.lines[0] ?? '').replace('stdout ', '').split(' ').map(Number);
  process.kill(leaving, 'SIGKILL'); // it left; nothing else can end it
  await eventually('the grandchild to be gone', async () => !(await isRunning(staying)));
});

test('a program that is not ours is ready when its socket accepts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'child-'));
  const socketPath = join(folder, 'a.sock');
  const server = createServer();
  try {
    await using child = follow(agentFixture('a', 'never-ready.ts', { isStranger: true, socketPath }));
    await eventually('its first line', () => child.lines.length > 0);
    assert.equal(child.ready.length, 0);
    server.listen(socketPath); // in the place of what the program would do
    await eventually('ready', () => child.ready.length > 0);
    assert.deepEqual(child.ready, ['its socket accepts']);
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
});

test('a child gets the environment of its spec and nothing of ours', async () => {
  process.env['SENTINEL_STACK_TEST_SECRET'] = 'of the supervisor';
  const print = (name: string) => [join(fixtures, 'crashes-on-demand.ts'), '--print', name];
  await using theirs = follow(agentFixture('a', 'x', { args: print('SENTINEL_STACK_TEST_SECRET') }));
  await using given = follow(agentFixture('a', 'x', { args: print('TOKEN'), env: { PATH: '/bin', TOKEN: 't1' } }));
  assert.equal(await eventually('a line', () => theirs.lines[0]), 'stdout SENTINEL_STACK_TEST_SECRET=(unset)');
  assert.equal(await eventually('a line', () => given.lines[0]), 'stdout TOKEN=t1');
  delete process.env['SENTINEL_STACK_TEST_SECRET'];
});

test('a child ends by itself when its supervisor is gone', async () => {
  const { execa } = await import('execa');
  const supervisor = execa({
    ipc: true,
    reject: false,
  })(process.execPath, ['--input-type=module', '-e', leaveBehind]);
  const pid = Number(await supervisor.getOneMessage());
  assert(await isRunning(pid));
  supervisor.kill('SIGKILL');
  await supervisor;
  await eventually('the child to end', async () => !(await isRunning(pid)));
});

const leaveBehind = `
  const { startChild } = await import('${join(import.meta.dirname, '..', '..', 'stack', 'child.ts')}');
  const { agentFixture } = await import('${join(import.meta.dirname, 'processes.ts')}');
  const ignore = () => undefined;
  const child = startChild(agentFixture('a', 'crashes-on-demand.ts'), {
    ready: () => process.send(String(child.pid)), problem: ignore, note: ignore, line: ignore, exited: ignore,
  });
`;
