// A program that is not ours, when its supervisor is killed: it has the grace, then its whole group ends.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { eventually, isRunning } from './processes.ts';

const minder = join(import.meta.dirname, '..', '..', 'stack', 'minder.ts');

/** A program that minds a sleeping one, and is killed or told to stop minding. */
async function minding(graceMs: number) {
  const sleeper = execa('sleep', ['1000'], { detached: true, reject: false });
  const pid = sleeper.pid ?? 0;
  const script = `const { mind } = await import(${JSON.stringify(minder)});
    const forget = mind(${pid}, ${graceMs});
    process.on('SIGUSR2', () => { forget(); console.log('forgotten'); });
    setTimeout(() => console.log('minding'), 300); setInterval(() => 0, 1000);`;
  const supervisor = execa(process.execPath, ['--input-type=module', '-e', script], { reject: false });
  await new Promise((resolve) => supervisor.stdout.once('data', resolve));
  return { sleeper, pid, supervisor };
}

test('killed with its supervisor gone, by SIGTERM, once the grace is over', async () => {
  const { sleeper, supervisor } = await minding(100);
  supervisor.kill('SIGKILL');
  assert.equal((await sleeper).signal, 'SIGTERM');
});

test('who stops minding leaves it alone', async () => {
  const { sleeper, pid, supervisor } = await minding(0);
  supervisor.kill('SIGUSR2');
  await new Promise((resolve) => supervisor.stdout.once('data', resolve));
  supervisor.kill('SIGKILL');
  await supervisor;
  await eventually('the minder to be gone', async () => {
    const { stdout } = await execa('ps', ['axeo', 'args']);
    return !stdout.includes(`LEADER=${pid} `);
  });
  assert(await isRunning(pid));
  sleeper.kill('SIGKILL');
  await sleeper;
});
