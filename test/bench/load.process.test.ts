// The load generator must see what is wrong: a reply with other bytes, a reply for somebody else, one cut short, one with
// bytes behind it. Servers of this test are wrong on purpose.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { expectedHash, load, openIdle } from './load.ts';
import { expectedBody, type Work, works } from './work.ts';

const work = works.find(({ name }) => name === 'get-1k') as Work;
const whole = expectedBody(work, 0);
const reply = (body: Buffer, status = 200) =>
  Buffer.concat([Buffer.from(`HTTP/1.1 ${status} Any\r\nContent-Length: ${body.length}\r\n\r\n`), body]);

test('right replies give the hash that is expected, however they are cut into pieces', async () => {
  await using server = await startServer((socket) => {
    const bytes = reply(whole);
    socket.write(bytes.subarray(0, 20));
    setImmediate(() => socket.write(bytes.subarray(20)));
  });
  const { hash, replies } = await load(server.port, work, 7, 3);
  assert.equal(replies, 7);
  assert.equal(hash, expectedHash(work, 7, 3));
});

const wrong: readonly [string, Buffer][] = [
  ['one byte is another', reply(Buffer.from(whole).fill('!', 500, 501))],
  ['the status is another', reply(whole, 404)],
  ['the body is shorter than it should be', reply(whole.subarray(1))],
];

for (const [what, bytes] of wrong) {
  test(`another hash when ${what}`, async () => {
    await using server = await startServer((socket) => socket.write(bytes));
    const { hash } = await load(server.port, work, 3, 1);
    assert.notEqual(hash, expectedHash(work, 3, 1));
  });
}

test('bytes behind a reply are an error', async () => {
  await using server = await startServer((socket) => socket.write(Buffer.concat([reply(whole), whole])));
  await assert.rejects(load(server.port, work, 1, 1), /more bytes than the reply declared/);
});

test('a connection that ends within a reply is an error', async () => {
  await using server = await startServer((socket) => socket.end(reply(whole).subarray(0, 300)));
  await assert.rejects(load(server.port, work, 1, 1), /ended before the reply was whole/);
});

test('a reply without length is an error', async () => {
  await using server = await startServer((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  await assert.rejects(load(server.port, work, 1, 1), /without Content-Length/);
});

test('idle connections that the server closes are not counted as open', async () => {
  const sockets: Socket[] = [];
  await using server = await startServer((socket) => {
    sockets.push(socket);
    socket.write(reply(whole));
  });
  using clients = await openIdle(server.port, work, 30);
  assert.equal(clients.openCount, 30);
  const [first] = sockets;
  assert(first !== undefined);
  first.resetAndDestroy();
  for (let turns = 0; turns < 10_000 && clients.openCount === 30; turns += 1) await new Promise(setImmediate);
  assert.equal(clients.openCount, 29);
});

/** Answers every piece it receives. */
async function startServer(answer: (socket: Socket) => unknown): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => answer(socket));
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
