// `hash-password` prints a line that the users file takes, and keeps passwords out of sight.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { derive, readUsers } from '#config/password';
import { folderWith, type } from '../../support/terminal.ts';

async function isPasswordOf(line: string, name: string, password: string): Promise<boolean> {
  const users = readUsers(line);
  assert(typeof users !== 'string', line);
  const hash = users.get(name);
  assert(hash !== undefined);
  return (await derive(password, hash)).equals(hash.key);
}

test('a made-up password goes to stderr, its line to stdout', async () => {
  const { code, stdout, stderr } = await type('hash-password anna');
  assert.equal(code, 0);
  const [, password = ''] = /^password: (\S{20})\n$/.exec(stderr) ?? [];
  assert(await isPasswordOf(stdout, 'anna', password));
});

test('a password of your own is the first line of a file', async () => {
  await using folder = await folderWith({ mine: 'correct horse\nnext', empty: '\nx' });
  const { code, stdout, stderr } = await type('hash-password bob --from mine', { cwd: folder.path });
  assert.deepEqual([code, stderr], [0, '']);
  assert(await isPasswordOf(stdout, 'bob', 'correct horse'));
  const empty = await type('hash-password bob --from empty', { cwd: folder.path });
  assert.deepEqual([empty.code, empty.stdout], [1, '']);
  assert.match(empty.stderr, /^error: the first line of empty is no password \[config-secret-unreadable\]/);
  assert.equal((await type('hash-password bob --from none', { cwd: folder.path })).code, 1);
});

test('a name that the file could not hold is a usage error', async () => {
  for (const name of ['a:b', '#a', 'a\nb']) assert.equal((await type(['hash-password', name])).code, 2, name);
});
