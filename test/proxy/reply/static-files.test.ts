// What a name stands for: files found once and kept, forms that a client takes, and what comes in place of a missing one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StaticConfig } from '../../../proxy/reply/served-file.ts';
import { StaticFiles } from '../../../proxy/reply/static-files.ts';
import { closeFile } from '../../../proxy/reply/static-root.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const configOf = (root: string, more: Partial<StaticConfig> = {}): StaticConfig => ({
  root,
  index: 'index.html',
  fallback: undefined,
  precompressed: false,
  cacheControl: undefined,
  dotfiles: false,
  ...more,
});

async function bodyOf(files: StaticFiles, name: string, accepted = 0): Promise<string> {
  const found = await files.find(name, accepted, 0);
  return 'fd' in found ? found.reason : String(found.body);
}

test('a small file is kept, each form for itself, and a fallback is kept under its own name', async () => {
  using folder = tempFolder({ 'www/index.html': 'home', 'www/index.html.gz': 'packed' });
  const files = new StaticFiles(configOf(folder.of('www'), { precompressed: true, fallback: '/index.html' }));
  assert.equal(files.kept('/', 0, 0), undefined);
  assert.deepEqual(
    [await bodyOf(files, '/', 4), await bodyOf(files, '/'), await bodyOf(files, '/x')],
    ['packed', 'home', 'home'],
  );
  assert.equal(String(files.kept('/', 4, 0)?.body), 'packed');
  assert.equal(String(files.kept('/index.html', 0, 0)?.body), 'home');
  assert.equal(files.kept('/x', 0, 0), undefined, 'names that clients make up are not kept');
});

test('a large file stays open for whoever sends it, a folder is told apart from what is missing', async () => {
  using folder = tempFolder({ 'www/large': new Uint8Array(65_537), 'www/small': new Uint8Array(65_536) });
  const files = new StaticFiles(configOf(folder.of('www')));
  const found = await files.find('/large', 0, 0);
  assert(!('fd' in found) && found.open !== undefined && found.body === undefined);
  closeFile(found.open.fd);
  assert.equal(files.kept('/large', 0, 0), undefined);
  const small = await files.find('/small', 0, 0);
  assert(!('fd' in small) && small.body?.length === 65_536);
  folder.write('www/sub/a', '');
  assert.deepEqual([await bodyOf(files, '/sub'), await bodyOf(files, '/sub/')], ['folder', 'missing']);
});
