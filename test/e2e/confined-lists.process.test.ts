// A bundled agent that may read its list and little else still notices that the list has changed: written in place, and
// replaced by another file, as most programs do it.

import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { eventually } from '../stack/processes.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startStack } from './up-stack.ts';

test('a list that changes is read again under confinement', async () => {
  using folder = tempFolder({ 'paths.txt': '/first\n' });
  const list = folder.of('paths.txt');
  await using stack = await startStack({
    system: 'worker-threads 1',
    config: `routes { route "r" { builtin-handler "health"; filters "screen" } }
filters { filter "screen" { agent "screen" } }
agents { agent "screen" { use "denylist"; transport { unix-socket "d.sock" }; events "request-headers"; failure-mode "closed"
  timeout-ms 10000; config { paths-file "${list}" } } }`,
  });
  const url = await stack.url();
  const isRefused = async (path: string) => (await fetch(url + path)).status === 403;
  assert.deepEqual([await isRefused('/first'), await isRefused('/second')], [true, false]);
  await writeFile(list, '/second\n');
  await eventually('a list that was written again', () => isRefused('/second'));
  for (const path of ['/third', '/fourth']) {
    await writeFile(`${list}.new`, `${path}\n`);
    await rename(`${list}.new`, list);
    await eventually(`a list that was replaced: ${path}\n${stack.output.join('\n')}`, () => isRefused(path));
  }
  assert.equal(await isRefused('/first'), false);
});
