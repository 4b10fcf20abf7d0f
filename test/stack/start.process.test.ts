// The way in of a clone: the program, of which from the second start on no file has its types taken out.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';

const root = join(import.meta.dirname, '..', '..');

test('the program itself is found in the cache, not only what it loads', async () => {
  const start = () =>
    execa(process.execPath, [join(root, 'stack', 'start.mjs'), 'version'], {
      env: { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' },
      all: true,
    });
  await start();
  const { all } = await start();
  assert.match(all, /^sentinel-stack \d+\.\d+\.\d+$/m);
  const asked = [...all.matchAll(/retrieving transpile cache for \S+ (\S+?)\.\.\.(\w+)/g)].map(([, url = '', how]) => ({
    url,
    how,
  }));
  assert(
    asked.some(({ url }) => url.endsWith('/stack/main.ts')),
    all,
  );
  assert.deepEqual(
    asked.filter(({ how }) => how !== 'success'),
    [],
  );
});
