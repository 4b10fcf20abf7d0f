// Log files of a whole stack: workers that share a file and put it aside without losing a line, the signal that opens all
// of them anew, and a disk that is full.

import assert from 'node:assert/strict';
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../stack/processes.ts';
import { startStack } from './up-stack.ts';

const status = 'routes { route "s" { builtin-handler "status" } }';

function logging(text: string): string {
  return `${status}\nobservability { logging { ${text} } }`;
}

async function textsOf(folder: string, name: string): Promise<Record<string, string>> {
  const files = (await readdir(folder)).filter((file) => file.startsWith(name)).toSorted();
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(join(folder, file), 'utf8')])),
  );
}

test('two workers share the access log, it is put aside under them, and no line is lost', async () => {
  await using stack = await startStack({
    config: logging('access-log { path "access.log"; max-size "4KiB"; max-files 90 }'),
    system: 'worker-threads 2',
  });
  const url = await stack.url();
  let sent = 0;
  const ask = async () => {
    sent += 1;
    const reply = await fetch(url, { headers: { connection: 'close' } });
    assert.equal(reply.status, 200);
    await reply.text();
  };
  await eventually('the file to be put aside twice', async () => {
    await Promise.all(Array.from({ length: 20 }, ask));
    return 'access.log.2' in (await textsOf(stack.folder, 'access.log'));
  });
  const all = async () => Object.values(await textsOf(stack.folder, 'access.log')).join('');
  await eventually('every line', async () => (await all()).split('\n').length - 1 === sent);
  const ids = (await all())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).request_id);
  assert.equal(new Set(ids).size, sent);
});

test('SIGUSR1 to the supervisor opens the files of the stack and of all workers anew, and no debugger', async () => {
  await using stack = await startStack({
    config: logging('path "stack.log"; access-log { path "access.log" }'),
    system: 'worker-threads 2',
  });
  const url = await stack.url();
  await (await fetch(url)).text();
  await eventually('a line', async () => (await textsOf(stack.folder, 'access.log'))['access.log'] !== '');
  for (const name of ['stack.log', 'access.log'])
    await rename(join(stack.folder, name), join(stack.folder, `${name}.old`));
  stack.kill('SIGUSR1');
  await eventually('both files to be there again', async () => {
    const names = await readdir(stack.folder);
    return names.includes('stack.log') && names.includes('access.log');
  });
  // A worker that has not heard it yet would write to the old file: only what comes now is asked for.
  await eventually('a line in the new file', async () => {
    await (await fetch(url, { headers: { connection: 'close' } })).text();
    return (await textsOf(stack.folder, 'access.log'))['access.log'] !== '';
  });
  for (const pid of stack.pidsOf('proxy/1')) process.kill(pid, 'SIGUSR1');
  await (await fetch(url)).text();
  assert.doesNotMatch(stack.output.join('\n'), /Debugger listening/);
});

test('a full disk: traffic goes on, one warning for each file', async () => {
  await using stack = await startStack({
    config: logging('path "/dev/full"; access-log { path "/dev/full" }'),
    system: 'worker-threads 1',
  });
  const url = await stack.url();
  for (let count = 0; count < 5; count += 1) {
    assert.equal((await fetch(url)).status, 200);
    await stack.find(({ event, child }) => event === 'log-failed' && child === 'proxy/1', 'the worker to say it');
  }
  stack.kill('SIGUSR2'); // a line of the supervisor's own
  await stack.find(({ event }) => event === 'stack-status', 'stack-status');
  const warnings = stack.lines.filter(({ event }) => event === 'log-failed');
  assert.deepEqual(warnings.map(({ child = 'stack' }) => child).toSorted(), ['proxy/1', 'stack']);
});
