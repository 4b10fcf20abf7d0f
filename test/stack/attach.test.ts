// Which stack a command means, and what is said when there is none.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { absence, folderInUse, foldersOf } from '../../stack/attach.ts';
import { holdRuntimeFolder } from '../../stack/runtime.ts';
import { folderWith, type } from '../support/terminal.ts';
import { Standing } from './standing.ts';

const site = 'listeners { listener "h" { address "127.0.0.1:0" } }; routes { route "r" { builtin-handler "status" } }';

test('the folder that is named, else that of the configuration, even of a broken one, else the usual', async () => {
  await using folder = await folderWith({
    'good.kdl': `system { runtime-dir "/run/good" }\n${site}`,
    'broken.kdl': 'system { runtime-dir "/run/broken" }\nruotes {',
    'plain.kdl': site,
  });
  const at = { env: { XDG_RUNTIME_DIR: '/run/user/7' }, cwd: folder.path };
  assert.deepEqual(foldersOf(at, { config: 'good.kdl', 'runtime-dir': '/run/named' }), ['/run/named']);
  assert.deepEqual(foldersOf(at, { config: 'good.kdl' }), ['/run/good']);
  assert.deepEqual(foldersOf(at, { config: 'broken.kdl' }), ['/run/broken']);
  assert.deepEqual(foldersOf(at, { config: 'plain.kdl' }), ['/run/user/7/sentinel-stack', '/run/sentinel-stack']);
});

test('of several folders the one that a stack has: root looks at the service', async () => {
  await using folder = await folderWith({});
  const [own, service] = [join(folder.path, 'own'), join(folder.path, 'service')];
  assert.equal(await folderInUse([own, service]), own);
  const answer = await holdRuntimeFolder(service);
  assert(answer.ok);
  assert.equal(await folderInUse([own, service]), service);
  await answer.folder.release();
});

test('nobody, a killed one, one without its socket', async () => {
  await using folder = await folderWith({});
  assert.match((await absence(join(folder.path, 'none'))).what, /no stack is running on/);
  await writeFile(join(folder.path, 'lock'), JSON.stringify({ pid: 1, startTicks: '0', boot: 'another' }));
  const killed = await absence(folder.path);
  assert.deepEqual([killed.code, /was killed; nothing of it runs/.test(killed.what)], ['stack-not-running', true]);
  const run = join(folder.path, 'run');
  await mkdir(run, { mode: 0o700 });
  const held = await holdRuntimeFolder(run);
  assert(held.ok);
  const without = await absence(run);
  assert.deepEqual([without.code, without.what.includes(`pid ${process.pid}`)], ['control-no-answer', true]);
  await held.folder.release();
});

test('every command says that none runs, and exits with 4', async () => {
  await using folder = await folderWith({});
  for (const words of ['status', 'logs', 'top', 'down', 'reload', 'restart', 'stop waf', 'start waf', 'ps --json']) {
    const { code, stderr } = await type(`${words} --runtime-dir ${folder.path}`, { cwd: folder.path });
    assert.equal(code, 4, words);
    assert.match(stderr, /stack-not-running/, words);
    assert.match(stderr, /sentinel-stack up/, words);
  }
});

test('a refusal of the socket is no absence', async () => {
  await using stack = await Standing.open({
    outcome: { ok: false, complaint: { code: 'stack-busy', what: 'it starts' }, problems: [] },
  });
  const { code, stderr } = await type(`reload --runtime-dir ${stack.folder}`);
  assert.deepEqual([code, stderr], [1, 'error: it starts [stack-busy]\n']);
});
