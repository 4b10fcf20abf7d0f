// The ladder, on programs that climb down at different rungs.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startChild } from '../../stack/child.ts';
import type { AgentSpec } from '../../stack/plan.ts';
import type { Exit } from '../../stack/state.ts';
import { agentFixture, eventually, fixtures, isRunning } from './processes.ts';

function start(spec: AgentSpec) {
  const lines: string[] = [];
  let isReady = false;
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  const child = startChild(spec, {
    ready: () => {
      isReady = true;
    },
    problem: () => undefined,
    note: () => undefined,
    drained: () => undefined,
    recall: () => undefined,
    memory: () => undefined,
    putAside: () => undefined,
    pong: () => undefined,
    report: () => undefined,
    ask: () => undefined,
    line: (_, text) => lines.push(text),
    exited: resolve,
  });
  const ready = () => eventually('ready', () => isReady);
  return { ...child, lines, exited, ready, [Symbol.asyncDispose]: () => kill(child.stop, exited) };
}

async function kill(stop: (drainMs: number, hurry: AbortSignal) => void, exited: Promise<Exit>): Promise<void> {
  stop(0, AbortSignal.abort());
  await exited;
}

test('what ignores the question and SIGTERM is killed, and that is told', async () => {
  await using child = start(agentFixture('a', 'ignores-sigterm.ts'));
  await child.ready();
  child.stop(1, new AbortController().signal);
  assert.deepEqual(await child.exited, { code: null, signal: 'SIGKILL', killed: true, notStarted: undefined });
  // By tree-kill, and with its group; a busy system delivers two signals of a kind as one (signal(7)).
  assert(child.lines.length >= 1 && child.lines.length <= 2);
  assert(child.lines.every((line) => line === 'SIGTERM ignored'));
});

test('a hurry skips the rest of the waiting', async () => {
  await using child = start(agentFixture('a', 'ignores-sigterm.ts'));
  await child.ready();
  const hurry = new AbortController();
  child.stop(3_600_000, hurry.signal); // an hour to drain
  hurry.abort();
  assert.equal((await child.exited).killed, true);
});

test('a program that knows no question is asked by SIGTERM, without waiting for the drain', async () => {
  await using child = start(
    agentFixture('a', 'never-ready.ts', { isStranger: true, socketPath: '/nonexistent/a.sock' }),
  );
  await eventually('its first line', () => child.lines.length > 0);
  child.stop(3_600_000, new AbortController().signal);
  assert.deepEqual(await child.exited, { code: null, signal: 'SIGTERM', killed: false, notStarted: undefined });
});

test('what left the process group is stopped too', async () => {
  const args = [join(fixtures, 'crashes-leaving-children.ts')];
  await using child = start(agentFixture('a', 'x', { args, isStranger: true, socketPath: '/nonexistent/a.sock' }));
  const line = await eventually('the ids', () => child.lines[0]);
  const pids = line.split(' ').map(Number);
  assert.deepEqual(await Promise.all(pids.map(isRunning)), [true, true]);
  child.stop(0, new AbortController().signal);
  await child.exited;
  await eventually('both to be gone', async () => !(await Promise.all(pids.map(isRunning))).includes(true));
});
