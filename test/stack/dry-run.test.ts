// `up --dry-run`: what would be started, and nothing is.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { folderWith, type } from '../support/terminal.ts';

const site = `listeners { listener "http" { address "127.0.0.1:8080" } }; routes { route "r" { builtin-handler "status" } }
agents { agent "far" { transport { unix-socket "/run/far.sock" }; events "request-headers"; failure-mode "open" } }`;

test('listeners, children, and agents that run already', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': site });
  const { code, stdout } = await type(`up --dry-run --workers 2 --runtime-dir ${folder.path}/run`, {
    cwd: folder.path,
  });
  assert.equal(code, 0);
  assert.match(stdout, /listener http +http on 127\.0\.0\.1:8080\n/);
  assert.match(
    stdout,
    /worker proxy\/2 +.*main\.ts\n {2}agent far +runs already, at \/run\/far\.sock\n\nnothing was started\n$/,
  );
  const { children } = JSON.parse((await type('up --dry-run --json --workers 1', { cwd: folder.path })).stdout);
  assert.deepEqual(
    children.map(({ name }: { name: string }) => name),
    ['proxy/1'],
  );
  assert.deepEqual(await readdir(folder.path), ['sentinel.kdl']);
});
