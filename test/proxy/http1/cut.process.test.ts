// A cut is seen as one, in whatever state our side is; and whatever was cut, the process can end.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { cutSocket } from '../../../proxy/http1/cut.ts';

const http1 = join(import.meta.dirname, '../../../proxy/http1');
const cut = JSON.stringify(join(http1, 'cut.ts'));
const departures = JSON.stringify(join(http1, 'departures.ts'));
const outlet = JSON.stringify(join(http1, 'outlet.ts'));

/** A process that accepts a connection, does something with its side, cuts it, and ends when nothing is left open. */
const program = (before: string): string => `
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { cutSocket } from ${cut};
import { Departures } from ${departures};
import { Outlet } from ${outlet};
const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
await once(server, 'listening');
const client = connect({ port: server.address().port, allowHalfOpen: true });
client.on('error', ({ code }) => console.log('client', code)).on('close', () => console.log('client closed')).resume();
const [socket] = await once(server, 'connection');
socket.on('error', ({ message }) => console.log('server', message)).on('close', () => console.log('closed'));
${before}
cutSocket(socket);
setTimeout(() => client.destroy(), 100);
server.close();`;

const states = {
  'nothing has been sent': ['', true],
  'more waits than the system takes': ['socket.write(Buffer.alloc(50_000_000));', true],
  'the end waits behind it': ['socket.end(Buffer.alloc(50_000_000));', true],
  'the end waits behind what an outlet sent': [
    'new Outlet(socket, new Departures(), () => undefined).send(Buffer.alloc(50_000_000)); socket.end(); await new Promise(setImmediate);',
    false,
  ],
  'the end is being sent': ['socket.end();', false],
  'the end has been sent': ["socket.end(); await once(socket, 'finish'); await new Promise(setImmediate);", false],
} as const;

for (const [title, [before, isReset]] of Object.entries(states)) {
  test(`cut when ${title}`, async () => {
    const { stdout, exitCode } = await execa(process.execPath, ['--input-type=module', '-e', program(before)], {
      reject: false,
      timeout: 15_000,
    });
    assert.equal(exitCode, 0, 'the process does not end');
    assert.match(stdout, /^closed$/m);
    assert.doesNotMatch(stdout, /^server /m);
    if (isReset) assert.match(stdout, /client ECONNRESET/);
  });
}

test('a Unix socket, which knows no reset, is closed', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cut-'));
  const server = createServer().listen(join(folder.path, 'a.sock'));
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = connect(join(folder.path, 'a.sock')).resume();
  const [socket] = (await accepted) as [Socket];
  const closed = once(client, 'close');
  cutSocket(socket);
  await closed;
  assert.equal(socket.destroyed, true);
  server.close();
  await once(server, 'close');
});
