// The set-up of a clone, in a copy of its three files with an npm of the test's own on PATH: what is skipped, what is
// said when a step fails, and that a failure leaves nothing that looks done.

import assert from 'node:assert/strict';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';

const root = join(import.meta.dirname, '..', '..');

interface Clone extends AsyncDisposable {
  readonly path: string;
  run(): Promise<{ exitCode: number | undefined; stderr: string }>;
  npmCalls(): Promise<string[]>;
}

/** A clone without packages, whose `npm` writes down how it was called and then runs this shell script. */
async function cloneWith(npmScript: string): Promise<Clone> {
  const path = await mkdtemp(join(tmpdir(), 'sentinel-setup-'));
  for (const file of ['package.json', 'package-lock.json', 'packaging/setup.mjs'])
    await cp(join(root, file), join(path, file));
  await mkdir(join(path, 'bin'));
  await writeFile(join(path, 'bin', 'npm'), `#!/bin/sh\necho "$@" >> "${path}/npm-calls"\n${npmScript}\n`);
  await chmod(join(path, 'bin', 'npm'), 0o755);
  const env = {
    PATH: `${join(path, 'bin')}:${process.env['PATH']}`,
    XDG_CACHE_HOME: join(path, 'cache'),
    CLONED_FROM: root,
  };
  return {
    path,
    run: async () => {
      const program = join(path, 'packaging', 'setup.mjs');
      const { exitCode, stderr } = await execa(process.execPath, [program], { cwd: path, env, reject: false });
      return { exitCode, stderr };
    },
    npmCalls: async () => (await readFile(join(path, 'npm-calls'), 'utf8')).trim().split('\n'),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

// In place of the registry: links to the packages of this clone, with their built addon.
const linksPackages =
  'mkdir node_modules && ln -s "$CLONED_FROM"/node_modules/* "$CLONED_FROM"/node_modules/.bin node_modules/';

test('the packages are installed once, without their scripts, and not again', async () => {
  await using clone = await cloneWith(linksPackages);
  const first = await clone.run();
  assert.equal(first.exitCode, 0, first.stderr);
  const steps =
    /^packages {2}installing …\npackages {2}\d+ s, done\ncode {6}not read ahead: the first start takes a second longer$/;
  assert.match(first.stderr, steps); // this clone has nothing that could be read
  const second = await clone.run();
  assert.deepEqual([second.exitCode, second.stderr], [0, '']);
  assert.deepEqual(await clone.npmCalls(), ['ci --no-audit --no-fund --loglevel=error --ignore-scripts']);
});

test('a changed lockfile installs again', async () => {
  await using clone = await cloneWith(`rm -rf node_modules; ${linksPackages}`);
  await clone.run();
  await writeFile(join(clone.path, 'package-lock.json'), '{}');
  assert.equal((await clone.run()).exitCode, 0);
  assert.equal((await clone.npmCalls()).length, 2);
});

test('a failing step shows its last lines and what is needed, and is tried again next time', async () => {
  await using clone = await cloneWith('echo "the registry does not answer" >&2; mkdir -p node_modules; exit 7');
  for (const _ of [1, 2]) {
    const { exitCode, stderr } = await clone.run();
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /the registry does not answer\nerror: npm ci .* failed \(exit 7\) \[setup-failed\]\n {2}its last lines are above; needed: npm, make, python3, g\+\+/,
    );
  }
  assert.equal((await clone.npmCalls()).length, 2);
});

test('without a Node for this machine it says so', async () => {
  await using clone = await cloneWith('mkdir -p node_modules');
  const { exitCode, stderr } = await clone.run();
  assert.equal(exitCode, 1);
  assert.match(stderr, /error: Node 26 for linux-\w+ is not in node_modules \[setup-failed\]/);
});
