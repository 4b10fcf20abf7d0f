// What operators ask of a running stack, with real processes: outcomes come when it is known what came of it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Prepared } from '../../stack/operator.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { agentFixture, eventually, fixtures, isRunning, startFixtures, workerFixture } from './processes.ts';

const calm = 'crashes-on-demand.ts';

test('status, lines and reports of what runs', async () => {
  await using stack = startFixtures([
    agentFixture('a', calm, { args: [...agentFixture('a', calm).args, '--print', 'PATH'] }),
    workerFixture(1, calm),
  ]);
  await stack.ready();
  const control = stack.control();
  const { phase, children } = control.status();
  assert.equal(phase, 'running');
  assert.deepEqual(
    children.map(({ name, state, pid }) => [name, state, pid]),
    ['a', 'proxy/1'].map((name) => [name, 'ready', stack.pids.get(name)?.[0]]),
  );
  await eventually('memory to be known', () => control.status().children.every((one) => (one.memoryBytes ?? 0) > 0));
  assert.deepEqual(await control.reports(5000), [
    { name: 'a', kind: 'agent', text: '{"fine":true}' },
    { name: 'proxy/1', kind: 'worker', text: '{"fine":true}' },
  ]);
  await eventually('what it printed', () =>
    control.lines({ sources: ['a'] }).find(({ text }) => text.startsWith('PATH')),
  );
  assert(control.lines({ sources: ['stack'] }).some(({ text }) => text.includes('"event":"stack-ready"')));
});

test('a restart replaces the processes, by name or all', async () => {
  await using stack = startFixtures([agentFixture('a', calm), workerFixture(1, calm), workerFixture(2, calm)]);
  await stack.ready();
  const control = stack.control();
  assert.partialDeepStrictEqual(await control.restart('proxy'), { ok: true, changes: ['proxy/1', 'proxy/2'] });
  assert.equal(stack.pids.get('a')?.length, 1);
  assert.equal(stack.pids.get('proxy/2')?.length, 2);
  assert.partialDeepStrictEqual(await control.restart(undefined), { ok: true });
  assert.equal(stack.pids.get('a')?.length, 2);
  const old = [...stack.pids.values()].flatMap((pids) => pids.slice(0, -1));
  await eventually('the old ones to end', async () => !(await Promise.all(old.map(isRunning))).includes(true));
  assert.partialDeepStrictEqual(await control.restart('nobody'), { ok: false, complaint: { code: 'child-unknown' } });
});

test('stop and start by hand', async () => {
  await using stack = startFixtures([agentFixture('a', calm), workerFixture(1, calm)]);
  await stack.ready();
  const control = stack.control();
  assert.partialDeepStrictEqual(await control.stop('a'), { ok: true, result: 'stopped', changes: ['a'] });
  assert.equal(control.status().children[0]?.state, 'stopped');
  assert.partialDeepStrictEqual(await control.start('a'), { ok: true, result: 'started' });
  assert.equal(control.status().children[0]?.state, 'ready');
});

test('a reload: applied, refused, and back when the new generation does not come up', async () => {
  await using stack = startFixtures([workerFixture(1, calm)]);
  await stack.ready();
  const control = stack.control();
  const becoming = (fixture: string): Prepared => ({
    ok: true,
    plan: { ...stack.plan, children: [workerFixture(1, fixture, { config: fixture, startupMs: 5000 })] },
    changes: ['~ limits: x'],
  });
  stack.next(() => becoming(calm));
  assert.partialDeepStrictEqual(await control.reload(), { ok: true, result: 'applied', changes: ['~ limits: x'] });
  stack.next(() => ({ ok: false, complaint: { code: 'reload-refused', what: 'no' }, problems: [1] }));
  assert.partialDeepStrictEqual(await control.reload(), { ok: false, problems: [1] });
  stack.next(() => becoming('crashes.ts'));
  assert.partialDeepStrictEqual(await control.reload(), { ok: false, complaint: { code: 'proxy-not-ready' } });
  const { reloads, children } = control.status();
  assert.deepEqual(reloads, { unchanged: 0, applied: 1, refused: 1, 'rolled-back': 1 });
  assert.deepEqual([children[0]?.role, children[0]?.state], ['current', 'ready']);
  assert.deepEqual(stack.settled, [true, false]);
});

test('a child that is stopped from outside is killed within its time, and comes back', async () => {
  const liveness = { intervalMs: 100, missesMax: 3 };
  await using stack = startFixtures([workerFixture(1, calm, { liveness })]);
  await stack.ready();
  const [pid = 0] = stack.pids.get('proxy/1') ?? [];
  process.kill(pid, 'SIGSTOP');
  const exit = await eventually('its end', () => stack.told('child-exited')[0]);
  assert.partialDeepStrictEqual(exit, { silentMs: 300, exit: { signal: 'SIGKILL' } });
  await eventually('it to be ready again', () => stack.told('child-ready').length === 2);
});

test('a program that is not ours is killed within the same time when it is stopped', async () => {
  using folder = tempFolder({});
  const socketPath = folder.of('a.sock');
  const args = [join(fixtures, 'unix-listener.ts'), '--socket', socketPath];
  const liveness = { intervalMs: 100, missesMax: 3 };
  await using stack = startFixtures([agentFixture('a', 'x', { isStranger: true, socketPath, args, liveness })]);
  await stack.ready();
  const [pid = 0] = stack.pids.get('a') ?? [];
  process.kill(pid, 'SIGSTOP');
  const exit = await eventually('its end', () => stack.told('child-exited')[0]);
  assert.partialDeepStrictEqual(exit, { silentMs: 300, exit: { signal: 'SIGKILL' } });
  await eventually('it to be ready again', () => stack.told('child-ready').length === 2);
});

test('over its memory it is replaced before it ends', async () => {
  await using stack = startFixtures([agentFixture('a', calm, { memoryBytesMax: 1 }), workerFixture(1, calm)]);
  await stack.ready();
  const fact = await eventually('too big', () => stack.told('child-too-big')[0]);
  assert.partialDeepStrictEqual(fact, { child: 'a', bytesMax: 1 });
  await eventually('another one', () => (stack.pids.get('a')?.length ?? 0) > 1);
});

test('asked to stop, it stops', async () => {
  await using stack = startFixtures([workerFixture(1, calm)]);
  await stack.ready();
  assert.equal(await stack.control().drainAndStop(), 0);
  assert.partialDeepStrictEqual(await stack.control().reload(), { ok: false, complaint: { code: 'stack-busy' } });
});
