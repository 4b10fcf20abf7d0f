// The loop with real processes: start, kill -9, restart, stop. The policy itself is told in supervisor.test.ts.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentFixture, eventually, fixtures, isRunning, startFixtures, workerFixture } from './processes.ts';

const fast = {
  when: 'always',
  delayMs: 10,
  delayMaxMs: 50,
  restartsMax: 1000,
  windowMs: 60_000,
  failedRetryMs: 60_000,
} as const;

test('all come up, and a signal closes the sockets and stops them with 0', async () => {
  await using stack = startFixtures([
    agentFixture('a', 'crashes-on-demand.ts'),
    workerFixture(1, 'crashes-on-demand.ts'),
    workerFixture(2, 'crashes-on-demand.ts'),
  ]);
  const fact = await stack.ready();
  assert.partialDeepStrictEqual(fact, { listening: { http: ['127.0.0.1:50001'] }, missing: [] });
  assert.equal(stack.closed(), 0);
  stack.signal('SIGINT');
  assert.equal(await stack.stopped(), 0);
  assert.equal(stack.closed(), 1);
  const left = await Promise.all([...stack.pids.values()].flat().map(isRunning));
  assert.deepEqual(left, [false, false, false]);
  assert.equal(stack.listeners(), 0);
});

test('kill -9 of each child: told once with its signal, and started again', async () => {
  const restart = fast;
  await using stack = startFixtures([
    agentFixture('a', 'crashes-on-demand.ts', { restart }),
    workerFixture(1, 'crashes-on-demand.ts', { restart }),
  ]);
  await stack.ready();
  for (const child of ['a', 'proxy/1']) {
    const [pid = 0] = stack.pids.get(child) ?? [];
    const before = stack.told('child-ready').length;
    process.kill(pid, 'SIGKILL');
    await eventually(`${child} to be ready again`, () => stack.told('child-ready').length > before);
    assert.equal(stack.pids.get(child)?.length, 2);
  }
  const exits = stack
    .told('child-exited')
    .map((fact) => fact.type === 'child-exited' && [fact.child, fact.exit.signal]);
  assert.deepEqual(exits, [
    ['a', 'SIGKILL'],
    ['proxy/1', 'SIGKILL'],
  ]);
});

test('an agent that exits at once, for ever, ends as failed and does not hold up the rest', async () => {
  const restart = { ...fast, restartsMax: 3 };
  const crashing = agentFixture('bad', 'crashes.ts', {
    failureMode: 'open',
    restart,
    args: [join(fixtures, 'crashes.ts')],
  });
  await using stack = startFixtures([crashing, workerFixture(1, 'crashes-on-demand.ts')]);
  const fact = await stack.ready();
  assert.partialDeepStrictEqual(fact, { missing: ['bad'] });
  await eventually('failed', () =>
    stack.facts.find((one) => one.type === 'child-exited' && one.verdict?.next === 'failed'),
  );
  assert.equal(stack.pids.get('bad')?.length, 4);
});

test('a fail-closed agent that never comes up: exit code 3, its name and its last lines', async () => {
  await using stack = startFixtures([
    agentFixture('slow', 'never-ready.ts', { startupMs: 1000 }),
    workerFixture(1, 'crashes-on-demand.ts'),
  ]);
  assert.equal(await stack.stopped(), 3);
  assert.partialDeepStrictEqual(stack.told('start-failed')[0], { failure: { child: 'slow', afterMs: 1000 } });
  assert.deepEqual(stack.lines, ['waiting for a licence server']);
  assert.equal(stack.pids.get('proxy/1')?.length, 1);
  assert(
    !stack.facts.some((fact) => fact.type === 'child-ready'),
    'the worker is held back as long as it is not there',
  );
});

test('what does not stop is killed after its deadlines: exit code 5, nothing left', async () => {
  await using stack = startFixtures(
    [agentFixture('stubborn', 'ignores-sigterm.ts'), workerFixture(1, 'crashes-on-demand.ts')],
    10,
  );
  await stack.ready();
  stack.signal('SIGTERM');
  assert.equal(await stack.stopped(), 5);
  assert.partialDeepStrictEqual(stack.told('stack-stopped')[0], { killed: ['stubborn'] });
});

test('processes are noted while they run', async () => {
  const stranger = agentFixture('them', 'never-ready.ts', {
    isStranger: true,
    failureMode: 'open',
    startupMs: 300,
    socketPath: '/nonexistent/a.sock',
  });
  await using stack = startFixtures([stranger, workerFixture(1, 'crashes-on-demand.ts')]);
  await stack.ready();
  const [pid = 0] = stack.pids.get('them') ?? [];
  assert.deepEqual(stack.noted[0], [{ pid, kind: 'stranger' }]);
  stack.signal('SIGTERM');
  await stack.stopped();
  assert.deepEqual(stack.noted.at(-1), []);
});
