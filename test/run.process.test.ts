// The runner, run over small projects made for it: what passes is counted, and nothing that goes wrong passes by
// accident, be it a test that ends its process, leaves something open, throws too late, or was never found.

import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';

const runner = join(import.meta.dirname, 'run.ts');
const good = "test('good', () => {});";

/** Writes test files (path to body), runs them, gives the exit code, all that was printed, and the last line. */
async function runTests(files: Readonly<Record<string, string>>, ...words: string[]) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sentinel-run-'));
  for (const [path, body] of Object.entries(files)) {
    await mkdir(join(folder.path, dirname(path)), { recursive: true });
    await writeFile(join(folder.path, path), `import { test } from 'node:test';\n${body}\n`);
  }
  const ended = await execa(process.execPath, [runner, ...words], { cwd: folder.path, reject: false, all: true });
  return { exitCode: ended.exitCode, printed: ended.all, lastLine: ended.all.split('\n').at(-1) };
}

test('unit runs the units alone, all runs everything, words choose', async () => {
  const files = {
    'test/a.test.ts': good + good,
    'test/b.process.test.ts': good,
    'test/e2e/c.test.ts': good,
    'test/faults/d.test.ts': good,
    'test/bench/e.test.ts': good,
  };
  const unit = await runTests(files, 'unit');
  assert.deepEqual([unit.exitCode, unit.lastLine], [0, '2 passed, 0 failed']);
  const all = await runTests(files, 'all');
  assert.deepEqual([all.exitCode, all.lastLine], [0, '6 passed, 0 failed']);
  const chosen = await runTests(files, 'all', 'e2e', 'b.process');
  assert.deepEqual([chosen.exitCode, chosen.lastLine], [0, '2 passed, 0 failed']);
});

test('a failure is told in full: its way of names, its place, what was expected, what it printed', async () => {
  const body = `import assert from 'node:assert/strict';
test('outer', async (t) => { console.log('a hint'); await t.test('inner', () => assert.equal(1 + 1, 3)); });`;
  const ended = await runTests({ 'test/a.test.ts': body }, 'unit');
  assert.deepEqual([ended.exitCode, ended.lastLine], [1, '0 passed, 1 failed']);
  for (const part of ['✖ outer › inner\n  test/a.test.ts:3\n', '2 !== 3', 'a hint'])
    assert(ended.printed.includes(part), part);
});

test('what passes prints nothing of its own', async () => {
  const ended = await runTests({ 'test/a.test.ts': "test('chatty', () => console.log('noise'));" }, 'unit');
  assert.equal(ended.lastLine, '1 passed, 0 failed');
  assert(!ended.printed.includes('noise'));
});

test('a skipped test is counted and told with its reason', async () => {
  const body = `${good} test('needs snakes', { skip: 'python3 is not here' }, () => {});`;
  const ended = await runTests({ 'test/a.test.ts': body }, 'unit');
  assert.deepEqual([ended.exitCode, ended.lastLine], [0, '1 passed, 0 failed, 1 skipped']);
  assert(ended.printed.includes('- skipped: needs snakes (python3 is not here)'));
});

test('a test that leaves a timer behind fails instead of hanging', async () => {
  const ended = await runTests(
    { 'test/a.test.ts': `${good} test('leaves', () => { setInterval(() => {}, 1e6); });` },
    'unit',
  );
  assert.deepEqual([ended.exitCode, ended.lastLine], [1, '2 passed, 1 failed']);
  assert.match(ended.printed, /✖ left open\n {2}test\/a\.test\.ts\n.*still open: .*Timeout/);
});

test('a test that ends its process with code 0 fails', async () => {
  const ended = await runTests({ 'test/a.process.test.ts': "test('ends', () => process.exit(0));" }, 'all');
  assert.deepEqual([ended.exitCode, ended.lastLine], [1, '0 passed, 1 failed']);
  assert(ended.printed.includes('the process of this test ended with exit code 0 before its tests did'));
});

test('a process that is killed fails', async () => {
  const ended = await runTests(
    { 'test/a.process.test.ts': "test('dies', () => process.kill(process.pid, 'SIGKILL'));" },
    'all',
  );
  assert.equal(ended.exitCode, 1);
  assert(ended.printed.includes('ended by SIGKILL before its tests did'));
});

test('an error thrown after its test ended fails', async () => {
  const body = `test('late', () => { setImmediate(() => { throw new Error('too late'); }); });
test('waits', async () => { await new Promise((resolve) => setImmediate(() => setImmediate(resolve))); });`;
  const ended = await runTests({ 'test/a.test.ts': body }, 'unit');
  assert.equal(ended.exitCode, 1);
  assert(ended.printed.includes('too late'));
});

test('a file that does not load fails', async () => {
  const ended = await runTests({ 'test/a.test.ts': "import './none.ts';" }, 'unit');
  assert.deepEqual([ended.exitCode, ended.lastLine], [1, '0 passed, 1 failed']);
  assert(ended.printed.includes('ERR_MODULE_NOT_FOUND'));
});

test('no test at all fails, and a wrong word is a wrong use', async () => {
  const none = await runTests({ 'test/a.test.ts': good }, 'unit', 'nowhere');
  assert.deepEqual([none.exitCode, none.lastLine], [1, '0 passed, 0 failed']);
  assert.equal((await runTests({}, 'everything')).exitCode, 2);
});
