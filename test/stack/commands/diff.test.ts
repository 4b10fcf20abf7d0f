// `diff` as a table and as data.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderWith, type } from '../../support/terminal.ts';

const base = 'listeners { listener "http" { address "127.0.0.1:0" } }\n';
const old = `${base}routes { route "api" { builtin-handler "echo"; policies { timeout-secs 30 } } }`;
const young = `${base}routes { route "api" { builtin-handler "echo"; policies { timeout-secs 10 } }; route "new" { matches { path "/new" }; builtin-handler "status" } }\nlimits { max-connections 5 }`;

test('a table of what differs', async () => {
  await using folder = await folderWith({ 'old.kdl': old, 'new.kdl': young });
  const { code, stdout } = await type('diff old.kdl new.kdl', { cwd: folder.path });
  assert.equal(code, 0);
  assert.equal(
    stdout,
    [
      '  routes  ~ api  policies.timeout-secs 30 -> 10',
      '  routes  + new  matches.path "/new"',
      '                 builtin-handler "status"',
      '  limits  ~      max-connections 10000 -> 5',
      '',
    ].join('\n'),
  );
});

test('nothing differs', async () => {
  await using folder = await folderWith({ 'old.kdl': old, 'new.kdl': `// moved\n${old}` });
  assert.equal((await type('diff old.kdl new.kdl', { cwd: folder.path })).stdout, 'no difference in meaning\n');
});

test('as data', async () => {
  await using folder = await folderWith({ 'old.kdl': old, 'new.kdl': young });
  const { differences } = JSON.parse((await type('diff old.kdl new.kdl --json', { cwd: folder.path })).stdout);
  assert.deepEqual(differences[0], {
    where: 'routes',
    sign: '~',
    name: 'api',
    changes: [{ key: 'policies.timeout-secs', before: '30', after: '10' }],
  });
});

test('a file with problems, and a missing word', async () => {
  await using folder = await folderWith({ 'old.kdl': old, 'new.kdl': 'routs { }' });
  const bad = await type('diff old.kdl new.kdl', { cwd: folder.path });
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /new\.kdl:1:1: error: unknown key 'routs'/);
  assert.equal((await type('diff old.kdl', { cwd: folder.path })).code, 2);
});
