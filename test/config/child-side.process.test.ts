// The child's end of the channel, in a process of its own: it answers, stops when asked, and outlives its supervisor for
// as long as it is told to.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { execaNode } from 'execa';
import { readFromChild, type ToChild } from '#config/channel';

const fixture = join(import.meta.dirname, '..', 'fixtures', 'child-side.ts');

function start(graceMs: number, needed = '', neededMs = 600_000) {
  const running = execaNode(fixture, [String(graceMs), needed, String(neededMs)], {
    ipc: true,
    reject: false,
    buffer: false,
    serialization: 'json',
  });
  const { nodeChildProcess: child } = running;
  const exited = once(child, 'exit');
  return {
    child,
    exited,
    async heard() {
      const [message] = await once(child, 'message');
      return readFromChild(message);
    },
    tell: (message: ToChild) => child.send(message),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

test('pings and questions are answered with their number', async () => {
  await using one = start(0);
  assert.partialDeepStrictEqual(await one.heard(), { type: 'ready' });
  one.tell({ type: 'ping', id: 7 });
  assert.deepEqual(await one.heard(), { type: 'pong', id: 7 });
  one.tell({ type: 'report', id: 8 });
  assert.deepEqual(await one.heard(), { type: 'report', id: 8, text: '{"fine":true}' });
});

test('asked to drain it ends at once, though its grace is long', async () => {
  await using one = start(600_000);
  await one.heard();
  one.tell({ type: 'drain' });
  assert.deepEqual(await one.exited, [0, null]);
});

test('without its supervisor it goes on writing and serving, and ends when the grace is over', async () => {
  await using one = start(300);
  await one.heard();
  one.child.stdout?.destroy();
  one.child.disconnect();
  assert.deepEqual(await one.exited, [0, null]);
});

test('whoever takes over ends it before that, by a signal', async () => {
  await using one = start(600_000);
  await one.heard();
  one.child.disconnect();
  one.child.kill('SIGTERM');
  assert.deepEqual(await one.exited, [0, null]);
});

test('while another supervisor says that it starts, the grace begins anew; with it nothing else', async () => {
  await using one = start(2000);
  await one.heard();
  one.child.kill('SIGHUP'); // it has its supervisor
  one.child.disconnect();
  for (let said = 0; said < 8; said += 1) {
    await sleep(500); // twice the grace, all together
    one.child.kill('SIGHUP');
  }
  assert.equal(one.child.exitCode, null, 'it serves');
  assert.deepEqual(await one.exited, [0, null]);
});

test('one that others need serves on behind its grace, until they do not', async () => {
  await using one = start(100, 'needed');
  await one.heard();
  one.child.disconnect();
  await sleep(1000);
  assert.equal(one.child.exitCode, null, 'it serves');
  one.child.kill('SIGUSR2'); // the last one has gone
  assert.deepEqual(await one.exited, [0, null]);
});

test('and no longer than others may need it', async () => {
  await using one = start(0, 'needed', 400);
  await one.heard();
  one.child.disconnect();
  assert.deepEqual(await one.exited, [0, null]);
});
