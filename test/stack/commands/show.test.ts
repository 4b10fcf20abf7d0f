// `show`: every value in effect with its origin; secrets masked; the security table.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderWith, type } from '../../support/terminal.ts';

const file = `defaults { route { policies { timeout-secs 5 } } }
listeners { listener "a" { address "127.0.0.1:\${PORT}" } }
routes { route "r" { builtin-handler "status" } }
admin { address "127.0.0.1:0"; token-file "token" }
`;
const surroundings = (cwd: string) => ({ cwd, env: { PORT: '0' } });

test('values with their origins', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': file, token: 'hush' });
  const { code, stdout } = await type('show', surroundings(folder.path));
  assert.equal(code, 0);
  const lines = stdout.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '  '));
  for (const wanted of [
    'schema-version "1"  // default',
    'address "127.0.0.1:0"  // sentinel.kdl:2, with ${PORT} of the environment',
    'builtin-handler "status"  // sentinel.kdl:3',
    'timeout-secs 5  // defaults at sentinel.kdl:1',
    'token-file "***"  // sentinel.kdl:4',
    'route "r" {',
  ]) {
    assert(lines.includes(wanted), `${wanted}\nis not in\n${stdout}`);
  }
  assert(!stdout.includes('hush'));
});

test('the same as data', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': file, token: 'hush' });
  const { stdout } = await type('show --json', surroundings(folder.path));
  const { configuration, origins } = JSON.parse(stdout);
  assert.equal(configuration.routes.r.policies['timeout-secs'], 5);
  assert.equal(configuration.admin['token-file'], '***');
  assert.deepEqual(origins['listeners.a.address'], {
    from: 'file',
    file: 'sentinel.kdl',
    line: 2,
    variables: ['PORT'],
  });
  assert.deepEqual(origins['limits.max-connections'], { from: 'default' });
});

test('--security prints what security depends on, and why', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': file, token: 'hush' });
  const { stdout } = await type('show --security', surroundings(folder.path));
  assert.match(
    stdout,
    /^listeners\.a\.timeouts\.header-secs +10 +default\n {2}Ends slow-header attacks \(Slowloris\)\.$/m,
  );
  assert(!stdout.includes('worker-threads'));
  const data = JSON.parse((await type('show --security --json', surroundings(folder.path))).stdout);
  assert.deepEqual(
    data.find(({ key }: { key: string }) => key.endsWith('header-secs')),
    {
      key: 'listeners.a.timeouts.header-secs',
      value: 10,
      why: 'Ends slow-header attacks (Slowloris).',
      from: 'default',
    },
  );
});

test('a file with problems is not shown; they are said on stderr', async () => {
  await using folder = await folderWith({ 'sentinel.kdl': 'routs { }' });
  const { code, stdout, stderr } = await type('show', { cwd: folder.path });
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /did you mean 'routes'\?/);
});
