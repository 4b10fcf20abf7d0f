// What the kernel counts: read from a line as proc(5) writes it, and of this very process.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execa } from 'execa';
import { isStopped, readUsage, usageOf } from '../../stack/sample.ts';
import { eventually } from './processes.ts';

test('names may hold anything', () => {
  const rest = Array.from({ length: 50 }, (_, index) => String(index + 3)); // field 3 holds a 3, and so on
  assert.deepEqual(readUsage(`7 (a) b ) ${rest.join(' ')}`), { memoryBytes: 24 * 4096, cpuSeconds: (14 + 15) / 100 });
});

test('what is no such line says nothing', () => {
  for (const text of ['', '7 (a) S', 'nonsense']) assert.equal(readUsage(text), undefined);
});

test('of this process about what Node says itself; of none nothing', async () => {
  const used = await usageOf(process.pid);
  assert(used !== undefined);
  const { rss } = process.memoryUsage();
  assert(used.memoryBytes > rss / 2 && used.memoryBytes < rss * 2, `${used.memoryBytes} against ${rss}`);
  assert(used.cpuSeconds > 0);
  assert.equal(await usageOf(4_194_305), undefined); // over the largest number that a process can have
});

test('a process that a signal has stopped is known, until it goes on', async () => {
  const child = execa('sleep', ['1000'], { reject: false });
  const { pid = 0 } = child;
  try {
    await eventually('it runs', async () => !(await isStopped(pid)));
    process.kill(pid, 'SIGSTOP');
    await eventually('it is stopped', () => isStopped(pid));
    process.kill(pid, 'SIGCONT');
    await eventually('it goes on', async () => !(await isStopped(pid)));
  } finally {
    child.kill('SIGKILL');
    await child;
  }
  assert.equal(await isStopped(4_194_305), false);
});
