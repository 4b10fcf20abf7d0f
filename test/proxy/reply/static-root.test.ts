// Which files are opened: regular ones below the root, by whatever links lead there, and never what lies beside it.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readlinkSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { fileNameOf } from '../../../proxy/reply/static-path.ts';
import { closeFile, isUnchanged, readWhole, StaticRoot } from '../../../proxy/reply/static-root.ts';
import { Random } from '../../fuzz/random.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** What is served under the name, or why nothing is. */
async function contentOf(root: StaticRoot, name: string): Promise<string> {
  const file = await root.open(name);
  if (file.fd === undefined) return file.reason;
  try {
    return String(await readWhole(file));
  } finally {
    closeFile(file.fd);
  }
}

test('files, folders, what is missing, and what is no file', async () => {
  using folder = tempFolder({ 'www/a': 'A', 'www/sub/b': 'B' });
  await execa('mkfifo', [folder.of('www/pipe')]);
  const root = new StaticRoot(`${folder.of('www')}/`);
  const seen: Record<string, string> = {};
  for (const name of ['/a', '/sub/b', '/sub', '/sub/', '/none', '/a/b', '/a/', '/pipe', `/${'x'.repeat(300)}`])
    seen[name.slice(0, 9)] = await contentOf(root, name);
  assert.deepEqual(seen, {
    '/a': 'A',
    '/sub/b': 'B',
    '/sub': 'folder',
    '/sub/': 'folder',
    '/none': 'missing',
    '/a/b': 'missing',
    '/a/': 'missing',
    '/pipe': 'missing',
    '/xxxxxxxx': 'missing',
  });
});

test('links may lead anywhere below the root, and not out of it', async () => {
  using folder = tempFolder({ 'www/a': 'A', 'www/sub/b': 'B', 'secret/key': 'S', 'www-more/x': 'S' });
  symlinkSync('sub', folder.of('www/inside'));
  symlinkSync('../secret', folder.of('www/out'));
  symlinkSync('../secret/key', folder.of('www/key'));
  symlinkSync('/etc/passwd', folder.of('www/passwd'));
  symlinkSync('../www-more/x', folder.of('www/neighbour'));
  symlinkSync('loop', folder.of('www/loop'));
  symlinkSync('/dev/zero', folder.of('www/zero'));
  const root = new StaticRoot(folder.of('www'));
  assert.equal(await contentOf(root, '/inside/b'), 'B');
  for (const name of ['/out/key', '/key', '/passwd', '/neighbour', '/loop', '/zero', '/out'])
    assert.equal(await contentOf(root, name), 'missing', name);
});

test('a root that is a link follows when it is moved to another release', async () => {
  using folder = tempFolder({ 'one/a': '1', 'two/a': '2' });
  symlinkSync('one', folder.of('current'));
  const root = new StaticRoot(folder.of('current'));
  assert.equal(await contentOf(root, '/a'), '1');
  symlinkSync('two', folder.of('next'));
  renameSync(folder.of('next'), folder.of('current'));
  assert.equal(await contentOf(root, '/a'), '2');
});

test('what is written into an open file, or taken from it, is noticed', async () => {
  using folder = tempFolder({ 'www/a': 'abcd' });
  const root = new StaticRoot(folder.of('www'));
  const file = await root.open('/a');
  assert(file.fd !== undefined);
  assert(await isUnchanged(file));
  writeFileSync(folder.of('www/a'), 'ab');
  assert(!(await isUnchanged(file)));
  assert.equal(await readWhole(file), undefined);
  closeFile(file.fd);
});

test('no path serves the secret that lies beside the root, and no descriptor stays open', async () => {
  using folder = tempFolder({ 'top/www/a': 'A', 'top/www/.env': 'SECRET', 'top/secret': 'SECRET', secret: 'SECRET' });
  mkdirSync(folder.of('top/www/..a'));
  symlinkSync('../secret', folder.of('top/www/link'));
  symlinkSync('..', folder.of('top/www/up'));
  const root = new StaticRoot(folder.of('top/www'));
  const random = new Random(5);
  const parts = [
    '..',
    '.',
    '/',
    '%2e%2e',
    '%2f',
    '%5c',
    'secret',
    'link',
    'up',
    'top',
    'www',
    'a',
    '.env',
    '..a',
    '%00',
    '%252e',
    '..%2f',
    '..;',
  ];
  const before = openBelow(folder.path);
  let served = 0;
  for (let round = 0; round < 3000; round += 1) {
    const path = `/${Array.from({ length: 1 + random.below(6) }, () => random.pick(parts)).join(random.pick(['', '/']))}`;
    const name = fileNameOf(path, false);
    const content = name === undefined ? 'missing' : await contentOf(root, name);
    assert(!content.includes('SECRET'), path);
    if (content === 'A') served += 1;
  }
  assert(served > 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(openBelow(folder.path), before);
});

/** How many descriptors of this process are open below the folder. */
function openBelow(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(join('/proc/self/fd', fd)).startsWith(path);
    } catch {
      return false; // the one that reads the folder
    }
  }).length;
}
