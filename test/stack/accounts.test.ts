// Names of users and groups become numbers, by what this system knows; who is not root is told that they mean nothing.

import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { asWeAre, findAccounts, folderOf, makeFolders } from '../../stack/accounts.ts';
import { configOf } from '../support/config.ts';
import { effect } from '../support/effect.ts';
import { tempFolder } from '../support/temp-folder.ts';

const [, , uid = '', gid = ''] = entry('passwd', 'nobody');
const [, , daemonGid = ''] = entry('group', 'daemon');

function entry(database: string, name: string): readonly string[] {
  const lines = readFileSync(`/etc/${database}`, 'utf8').split('\n');
  return (lines.find((line) => line.startsWith(`${name}:`)) ?? '').split(':');
}

function config(system: string, agent = '') {
  return configOf(`system { ${system} }
agents {
  agent "a" { use "echo"; transport { unix-socket "a.sock" }; events "log"; failure-mode "open"; ${agent} }
  agent "b" { use "echo"; transport { unix-socket "b.sock" }; events "log"; failure-mode "open" }
}`).config;
}

effect(['system.user', 'system.group', 'agents.agent.user'], async () => {
  const nobody = { uid: Number(uid), gid: Number(gid) };
  const found = await findAccounts(config('user "nobody"; group "daemon"', 'user "nobody"'), true);
  assert('workers' in found);
  const workers = { uid: Number(uid), gid: Number(daemonGid) };
  assert.deepEqual(found.workers, workers);
  assert.deepEqual([found.agents.get('a'), found.agents.get('b')], [nobody, workers]);
  const numbered = await findAccounts(config(`user "${uid}"`), true);
  assert('workers' in numbered);
  assert.deepEqual(numbered.workers, nobody);
});

test('without a word everything is as we are', async () => {
  assert.deepEqual(await findAccounts(config(''), true), asWeAre);
});

test('who is not root is told which words mean nothing', async () => {
  const found = await findAccounts(config('user "nobody"', 'user "nobody"'), false);
  assert.deepEqual(found, { ...asWeAre, ignored: ['system.user', 'agents.a.user'] });
});

test('a name that nobody has is refused', async () => {
  for (const [words, kind] of [
    ['user "no-such-user-here"', 'user'],
    ['user "nobody"; group "no-such-user-here"', 'group'],
  ] as const) {
    const found = await findAccounts(config(words), true);
    assert('code' in found);
    assert.deepEqual([found.code, found.what], ['user-unknown', `this system has no ${kind} "no-such-user-here"`]);
  }
});

test('a folder for each account, of the group that connects, and ours to pass through', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root can give folders away');
  using folder = tempFolder({});
  const accounts = { workers: { uid: 65_534, gid: 2 }, agents: new Map([['a', { uid: 1, gid: 1 }]]), ignored: [] };
  await makeFolders(accounts, folder.path);
  const facts = (path: string) => {
    const status = statSync(path);
    return [status.uid, status.gid, (status.mode & 0o7777).toString(8)];
  };
  assert.deepEqual(facts(folder.path), [0, 0, '711']);
  assert.deepEqual(facts(folderOf(accounts.workers, folder.path)), [65_534, 2, '2710']);
  assert.deepEqual(facts(folderOf(accounts.agents.get('a'), folder.path)), [1, 2, '2710']);
  return undefined;
});
