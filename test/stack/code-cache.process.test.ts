// Code is read once: agents that are confined find it, cannot write there, and do without where it is damaged.

import assert from 'node:assert/strict';
import { readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import type { Config } from '#config/schema';
import { agentNodeFlags } from '#config/worker-program';
import { asWeAre } from '../../stack/accounts.ts';
import { codeCacheFolder, fillCodeCache, readersOf } from '../../stack/code-cache.ts';
import { confinement } from '../../stack/confine.ts';
import { tempFolder } from '../support/temp-folder.ts';

const root = join(import.meta.dirname, '..', '..');
const given = { root, node: process.execPath, signal: new AbortController().signal };
using folder = tempFolder();
enableCompileCache(folder.path);
const ofVersion = getCompileCacheDir() ?? '';

test('the folder is the one that this process has', () => {
  assert.equal(codeCacheFolder(), folder.path);
});

test('programs of confined agents are read, each once, and none whose user cannot reach it', () => {
  const agents = [
    { name: 'a', use: 'echo', confined: true },
    { name: 'b', use: 'echo', confined: true },
    { name: 'c', use: 'waf', confined: false },
    { name: 'd', use: 'denylist', confined: true },
    { name: 'e', command: ['x'], confined: true },
  ];
  const accounts = { ...asWeAre, agents: new Map([['d', { uid: 1, gid: 1 }]]) };
  assert.deepEqual(readersOf({ agents } as unknown as Config, accounts), ['echo']);
});

test('code is read where it lacks, and again only when a file of it is newer', async () => {
  await fillCodeCache({ ...given, agents: ['echo'] });
  assert((await cached()).length > 20);
  const mark = await markOf('echo');
  const { mtimeMs } = await stat(mark);
  await fillCodeCache({ ...given, agents: ['echo'] });
  assert.equal((await stat(mark)).mtimeMs, mtimeMs, 'nothing is newer');
  await utimes(mark, 0, 0);
  await fillCodeCache({ ...given, agents: ['echo'] });
  assert((await stat(mark)).mtimeMs > 0);
});

test('another copy of us has a mark of its own, though the folder is one', async () => {
  const mark = await markOf('echo');
  using other = tempFolder();
  await symlink(join(root, 'agents'), join(other.path, 'agents'));
  await fillCodeCache({ ...given, root: other.path, agents: ['echo'] });
  const marks = await marksOf('echo');
  assert.equal(marks.length, 2);
  assert(marks.includes(mark));
});

test('a program that does not read its code leaves no mark, and one that is stopped neither', async () => {
  await fillCodeCache({ ...given, agents: ['no-such-agent'] });
  await fillCodeCache({ ...given, agents: ['denylist'], signal: AbortSignal.abort() });
  assert.deepEqual(
    (await readdir(folder.path)).filter((name) => /no-such|denylist/.test(name)),
    [],
  );
});

test('a confined agent finds its code, writes nothing there, and reads its source where what is kept is damaged', async () => {
  const files = await cached();
  assert.match(await startEcho(), /V8 code cache for ESM \S+agents.echo.main\.ts was accepted/);
  for (const file of files) await damage(file);
  const damaged = await Promise.all(files.map((file) => readFile(file)));
  assert.doesNotMatch(await startEcho(), /was accepted/);
  assert.deepEqual(await Promise.all(files.map((file) => readFile(file))), damaged);
});

async function marksOf(agent: string): Promise<string[]> {
  const names = await readdir(folder.path);
  return names.map((name) => join(folder.path, name)).filter((path) => path.startsWith(`${ofVersion}.${agent}.`));
}

async function markOf(agent: string): Promise<string> {
  const [mark] = await marksOf(agent);
  assert(mark !== undefined);
  return mark;
}

/** Files of code; this process writes its own when it ends. */
async function cached(): Promise<string[]> {
  const all = await readdir(folder.path, { recursive: true });
  return all.filter((name) => /^[\da-f]{8}$/.test(basename(name))).map((name) => join(folder.path, name));
}

async function damage(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes.fill(0x55, bytes.length >> 1);
  await writeFile(file, bytes);
}

/** As the supervisor does, but for a socket: what Node says of its cache. */
async function startEcho(): Promise<string> {
  const place = { root, socketPath: folder.of('echo.sock'), folder: '/', codeCache: folder.path };
  const confined = confinement(
    { name: 'echo', use: 'echo', confined: true, mayRead: [], mayWrite: [] } as never,
    place,
  );
  const args = [...agentNodeFlags, ...confined, join(root, 'agents', 'echo', 'main.ts'), '--read-code'];
  const cache = {
    NODE_COMPILE_CACHE: folder.path,
    NODE_COMPILE_CACHE_READONLY: '1',
    NODE_DEBUG_NATIVE: 'COMPILE_CACHE',
  };
  const { all, exitCode } = await execa(process.execPath, args, { all: true, extendEnv: false, env: cache });
  assert.equal(exitCode, 0);
  return all;
}
