// The program itself: its streams, its exit codes, and what it loads.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { tempFolder } from '../support/temp-folder.ts';

const main = join(import.meta.dirname, '..', '..', 'stack', 'main.ts');

function run(...words: string[]) {
  return execa(process.execPath, [main, ...words], { reject: false, all: true });
}

test("the answer is on stdout, the exit code the command's", async () => {
  const { stdout, stderr, exitCode } = await run('version');
  assert.match(stdout, /^sentinel-stack \d+\.\d+\.\d+$/);
  assert.deepEqual([stderr, exitCode], ['', 0]);
});

test('errors are on stderr', async () => {
  const { stdout, stderr, exitCode } = await run('reolad');
  assert.match(stderr, /^error: unknown command 'reolad'/);
  assert.deepEqual([stdout, exitCode], ['', 2]);
});

test('no colour codes where there is no terminal', async () => {
  const { all } = await run('help');
  assert(!all.includes('\x1b'));
});

test('a reader that takes one line is no error', async () => {
  const command = `"$0" "$1" help | head -1; echo "\${PIPESTATUS[0]}"`;
  const { stdout } = await execa('bash', ['-c', command, process.execPath, main]);
  assert.match(stdout, /^A reverse proxy.*\n0$/);
});

test('`version` loads neither the configuration language nor the supervisor', async () => {
  const { stderr } = await execa(process.execPath, [main, 'version'], {
    env: { NODE_DEBUG: 'module_esm,esm' },
    reject: false,
  });
  assert.doesNotMatch(stderr, /config\/schema\.ts|stack\/run\.ts|pino|execa/);
});

test('our own mistake in the middle of a run: exit code 70, and what to report', async () => {
  const mistake = "setTimeout(() => { throw new Error('impossible'); }, 1); setTimeout(() => {}, 10_000)";
  const args = ['--import', `data:text/javascript,${mistake}`, main, 'version'];
  const { exitCode, stderr } = await execa(process.execPath, args, { reject: false });
  assert.equal(exitCode, 70);
  assert.match(stderr, /made a mistake and had to stop \[internal\]\n(.*\n)*.*Error: impossible/);
});

test('nothing that is run is kept in the temp folder, where another user may have been first', async () => {
  using folder = tempFolder({});
  await execa(process.execPath, [main, 'version'], { env: { TMPDIR: folder.path } });
  assert.deepEqual(readdirSync(folder.path), []);
});
