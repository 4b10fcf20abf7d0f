// `check` as a person sees it: the report, the exit code, and the same as data.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderWith, type } from '../../support/terminal.ts';

const good =
  'listeners { listener "a" { address "127.0.0.1:0" } }\nroutes { route "r" { builtin-handler "status" } }\n';

test('a good file', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': good });
  assert.deepEqual(await type('check', { cwd: folder.path }), {
    code: 0,
    stdout: 'no problems in 1 file\n',
    stderr: '',
  });
});

test('every problem with its place, and exit code 1', async () => {
  await using folder = await folderWith({ 'shop.kdl': `${good}routs { }\nlimits { max-conections 5 }\n` });
  const { code, stdout } = await type('check shop.kdl', { cwd: folder.path });
  assert.equal(code, 1);
  assert.equal(
    stdout,
    [
      "shop.kdl:3:1: error: unknown key 'routs' at the top level [config-unknown-key]",
      '    3 | routs { }',
      "      | ^^^^^ did you mean 'routes'?",
      "shop.kdl:4:10: error: unknown key 'max-conections' in 'limits' [config-unknown-key]",
      '    4 | limits { max-conections 5 }',
      "      |          ^^^^^^^^^^^^^^ did you mean 'max-connections'?",
      '',
      '2 errors in 1 file',
      '',
    ].join('\n'),
  );
});

test('the same as data', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': `${good}routs { }\n` });
  const { code, stdout } = await type('check --json', { cwd: folder.path });
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(stdout), {
    ok: false,
    files: ['sentinel.kdl'],
    problems: [
      {
        code: 'config-unknown-key',
        severity: 'error',
        message: "unknown key 'routs' at the top level",
        file: 'sentinel.kdl',
        line: 3,
        column: 1,
        length: 5,
        source: 'routs { }',
        hint: "did you mean 'routes'?",
      },
    ],
  });
});

test('a file that does not exist', async () => {
  await using folder = await folderWith({});
  const { code, stdout } = await type('check nowhere.kdl', { cwd: folder.path });
  assert.equal(code, 1);
  assert.match(stdout, /^error: cannot read nowhere\.kdl: there is no such file \[config-not-found\]\n/);
});

test('colour carries the severity, on a terminal only', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': 'routs { }' });
  const { stdout } = await type('check', { cwd: folder.path, color: true });
  assert(stdout.includes('\x1b[31merror\x1b[0m'));
});
