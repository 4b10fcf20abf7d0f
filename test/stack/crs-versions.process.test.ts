// Versions of the Core Rule Set as a person handles them.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { archiveOf, crs } from '../support/crs-archive.ts';
import { folderWith, type } from '../support/terminal.ts';

test('install, take into use, go back: through the command', async () => {
  await using folder = await folderWith({});
  const env = { STATE_DIRECTORY: join(folder.path, 'state'), PATH: process.env['PATH'] ?? '' };
  const [one, two] = [
    await archiveOf(folder.path, 'a', crs('4.28.0')),
    await archiveOf(folder.path, 'b', crs('4.29.0')),
  ];
  const run = (words: string) => type(words, { cwd: folder.path, env });
  const first = await run(`crs install ${one}`);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^installed CRS 4\.28\.0 in .*\n {2}SHA-256 [0-9a-f]{64}\n {2}in effect with the next/);
  assert.match((await run(`crs install ${two}`)).stdout, /take it into use: sentinel-stack crs use 4\.29\.0/);
  assert.match((await run('crs use 4.29.0')).stdout, /^CRS 4\.28\.0 -> 4\.29\.0/);
  assert.equal((await run('crs list')).stdout, '  4.28.0       before\n  4.29.0       in use\n');
  await writeFile(
    join(folder.path, 'sentinel.kdl'),
    'listeners { listener "l" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status" } }\nwaf { rules "crs" }',
  );
  assert.match((await run('waf show')).stdout, /^Include .*\/4\.29\.0\/rules\/REQUEST-901/m);
  assert.match((await run('crs rollback')).stdout, /^CRS 4\.29\.0 -> 4\.28\.0/);
  assert.match((await run('waf show')).stdout, /^Include .*\/4\.28\.0\/rules\/REQUEST-901/m);
});

test('words that are missing or too many', async () => {
  assert.match((await type('crs install')).stderr, /needs an archive/);
  assert.match((await type('crs use')).stderr, /needs a version/);
  assert.match((await type('crs check 4.28.0')).stderr, /one word too many/);
});
