// The path of an agent's socket: closed to others from the first moment, a stale one replaced, a living one respected.

import assert from 'node:assert/strict';
import { readdir, rename, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { SocketPath, SocketProblem } from '../../agents/host-socket.ts';
import { listens, temporaryFolder } from './support.ts';

function server() {
  const made = createServer((socket) => socket.destroy());
  return Object.assign(made, { [Symbol.asyncDispose]: () => closed(made) });
}

function closed(made: Server): Promise<void> {
  return new Promise((done) => {
    if (made.listening) made.close(() => done());
    else done();
  });
}

test('it listens with mode 0600, leaves nothing beside it, and takes the path away again', async () => {
  await using folder = await temporaryFolder();
  await using made = server();
  const path = folder.file('a.sock');
  const socket = new SocketPath(path);
  await socket.listen(made);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(folder.path), ['a.sock']);
  assert.equal(await listens(path), true);
  await socket.remove();
  assert.deepEqual(await readdir(folder.path), []);
});

test('a stale socket is replaced', async () => {
  await using folder = await temporaryFolder();
  const path = folder.file('a.sock');
  await leaveStaleSocket(folder.file('before'), path);
  assert.equal(await listens(path), false);
  await using made = server();
  await new SocketPath(path).listen(made);
  assert.equal(await listens(path), true);
});

/** Closing a server removes the path it was bound under, not the one it was moved to. */
async function leaveStaleSocket(boundPath: string, path: string): Promise<void> {
  await using made = server();
  await new Promise<void>((done) => made.listen(boundPath, done));
  await rename(boundPath, path);
}

test('a path where another program listens is not taken', async () => {
  await using folder = await temporaryFolder();
  const path = folder.file('a.sock');
  await using first = server();
  await new SocketPath(path).listen(first);
  await using second = server();
  await assert.rejects(new SocketPath(path).listen(second), /another program listens there; stop it or/);
  assert.equal(await listens(path), true);
});

test('a file that is no socket is not removed', async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.file('precious'), 'x');
  await using made = server();
  await assert.rejects(new SocketPath(folder.file('precious')).listen(made), /is not a socket/);
  assert.equal((await stat(folder.file('precious'))).size, 1);
});

test('a path that another program took over meanwhile is left to it', async () => {
  await using folder = await temporaryFolder();
  const path = folder.file('a.sock');
  await using first = server();
  const ours = new SocketPath(path);
  await ours.listen(first);
  await closed(first); // a draining agent no longer listens
  await using second = server();
  await new SocketPath(path).listen(second);
  await ours.remove();
  assert.equal(await listens(path), true);
});

test('a path that is too long, or in a folder that does not exist, is a problem in words', async () => {
  await using folder = await temporaryFolder();
  await using made = server();
  await assert.rejects(new SocketPath(folder.file('x'.repeat(100))).listen(made), /choose a shorter one/);
  await assert.rejects(new SocketPath(folder.file('none/a.sock')).listen(made), SocketProblem);
});
