// What is read from /proc: the time of a process that works, of one that has ended, and who belongs to a tree.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { execa } from 'execa';
import { cpuUs, residentBytes, treeOf, versionOf } from './machine.ts';

const busy = 'while (process.cpuUsage().user < 80_000);';
const staysWhileFed = "process.stdout.write('done'); process.stdin.resume();";
const saysAndStays = "process.stdout.write('done'); setInterval(() => undefined, 1000);";

test('the time of a process holds that of children that run and of those that have ended', async () => {
  const child = `await import('node:child_process').then((cp) => cp.execFileSync(process.execPath, ['-e', ${JSON.stringify(busy)}]))`;
  await using program = await start(`${child}; ${saysAndStays}`);
  assert(cpuUs(program.pid) >= 80_000, `${cpuUs(program.pid)} us`);
});

test('a tree holds the process, its children and theirs', async () => {
  const options = "{ stdio: ['pipe', 'inherit', 'inherit'] }"; // its input ends with its parent, and it with that
  const child = `import('node:child_process').then((cp) => cp.spawn(process.execPath, ['-e', ${JSON.stringify(staysWhileFed)}], ${options}))`;
  await using program = await start(child);
  const [self, offspring] = treeOf(program.pid);
  assert.equal(self, program.pid);
  assert(offspring !== undefined && offspring !== self);
  assert(residentBytes(program.pid) > residentBytes(offspring));
});

test('a program that is not there has no version; one that is there has', async () => {
  assert.equal(await versionOf('no-such-program-of-ours', '-v'), undefined);
  assert.equal(await versionOf(process.execPath, '--version'), process.versions.node);
});

/** Returns once it has said that it is done. */
async function start(code: string): Promise<{ readonly pid: number } & AsyncDisposable> {
  const child = execa(process.execPath, ['-e', code], { reject: false, buffer: false, stdin: 'ignore' });
  const stop = async () => {
    child.kill('SIGKILL');
    await child;
  };
  const said = await Promise.race([once(child.stdout, 'data'), child.then(() => undefined)]);
  if (said === undefined) throw new Error('the program ended early');
  return { pid: child.pid ?? 0, [Symbol.asyncDispose]: stop };
}
