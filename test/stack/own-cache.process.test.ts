// Where compiled code is kept: where this user alone can write, whatever the environment says.

import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { tempFolder } from '../support/temp-folder.ts';

const file = join(import.meta.dirname, '..', '..', 'stack', 'own-cache.mjs');

test('in the home of the user that it is, not in that of HOME', async () => {
  using other = tempFolder({});
  const source = `await import('${file}'); console.log((await import('node:module')).getCompileCacheDir())`;
  const asked = await execa(process.execPath, ['--input-type=module', '-e', source], { env: { HOME: other.path } });
  const kept = join(userInfo().homedir, '.cache', 'sentinel-stack', 'compile-cache');
  assert(asked.stdout.startsWith(kept), asked.stdout);
});
