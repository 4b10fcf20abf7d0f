// One connection of an agent over a real Unix socket: one call at a time, and every fault closes it.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { allow } from '#agent';
import { createLogger } from '#config/log';
import type { AgentReply } from '#protocol/message';
import { Answerer } from '../../agents/host-answer.ts';
import { HostConnection } from '../../agents/host-connection.ts';
import { HostStatus } from '../../agents/host-status.ts';
import { dial, requestHeaders, temporaryFolder, until } from './support.ts';

/** A server of host connections around one handler. */
async function serve(onRequestHeaders: () => AgentReply | Promise<AgentReply>) {
  const folder = await temporaryFolder();
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  const answerer = new Answerer({ name: 'test', onRequestHeaders }, log, new HostStatus('test'));
  const connections: HostConnection[] = [];
  const server = createServer((socket) => connections.push(new HostConnection(socket, answerer, log)));
  const path = folder.file('s');
  await new Promise<void>((done) => server.listen(path, done));
  return {
    path,
    connections,
    lines,
    [Symbol.asyncDispose]: async () => {
      for (const connection of connections) connection.cut();
      await new Promise((done) => server.close(done));
      await folder[Symbol.asyncDispose]();
    },
  };
}

test('calls one after the other on one connection', async () => {
  await using server = await serve(() => allow());
  await using client = await dial(server.path);
  for (let call = 0; call < 3; call += 1) assert.match(JSON.stringify(await client.call(requestHeaders())), /"allow"/);
});

test('a second message before the answer to the first closes the connection, with one line', async () => {
  const hold = Promise.withResolvers<AgentReply>();
  await using server = await serve(() => hold.promise);
  await using client = await dial(server.path);
  client.send(requestHeaders());
  client.send(requestHeaders());
  await client.closed;
  hold.resolve(allow()); // too late, and harmless
  assert.deepEqual(client.replies, []);
  assert.deepEqual(
    server.lines.map((line) => line['fault']),
    ['a second message before the answer to the first'],
  );
});

for (const [name, bytes] of [
  ['a length over the bound', Buffer.from('ffffffff', 'hex')],
  ['not JSON', Buffer.from('0000000178', 'hex')],
  ['JSON that is no event', Buffer.from('000000027b7d', 'hex')],
] as const) {
  test(`bad input closes the connection and no other: ${name}`, async () => {
    await using server = await serve(() => allow());
    await using good = await dial(server.path);
    await using bad = await dial(server.path);
    bad.socket.write(bytes);
    await bad.closed;
    assert.match(JSON.stringify(await good.call(requestHeaders())), /"allow"/);
    assert.equal(server.lines.length, 1);
    assert.equal(server.lines[0]?.['event'], 'agent-bad-peer');
  });
}

test('a handler that fails closes the connection, so the proxy need not wait', async () => {
  await using server = await serve(() => {
    throw new Error('oh');
  });
  await using client = await dial(server.path);
  client.send(requestHeaders());
  await client.closed;
});

test('a reply that fits no frame closes the connection', async () => {
  const custom = { much: 'x'.repeat(11_000_000) };
  await using server = await serve(() => allow({ audit: { custom } }));
  await using client = await dial(server.path);
  client.send(requestHeaders());
  await client.closed;
  assert.equal(server.lines.at(-1)?.['fault'], 'a reply over the size of a frame');
});

test('draining ends an idle connection at once and a busy one after its answer', async () => {
  const hold = Promise.withResolvers<AgentReply>();
  await using server = await serve(() => hold.promise);
  await using idle = await dial(server.path);
  await until('the first connection', () => server.connections.length === 1);
  await using busy = await dial(server.path);
  busy.send(requestHeaders());
  await until('the second connection', () => server.connections.length === 2);
  const [first, second] = server.connections;
  first?.drain();
  await idle.closed;
  await busyIsAnswering(busy, server.path);
  second?.drain();
  assert.equal(busy.socket.destroyed, false);
  hold.resolve(allow());
  await busy.closed;
  assert.equal(busy.replies.length, 1);
});

/** The bytes sent before a connection was opened have been read once that one has been served. */
async function busyIsAnswering(busy: { socket: { writableLength: number } }, path: string): Promise<void> {
  await until('the call left', () => busy.socket.writableLength === 0);
  await using later = await dial(path);
  later.socket.write(Buffer.from('ffffffff', 'hex'));
  await later.closed;
}
