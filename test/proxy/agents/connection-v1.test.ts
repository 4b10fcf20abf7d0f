// One connection in version 1 over a real Unix socket: each call has exactly one outcome, each fault its name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame } from '#protocol/frame-v1';
import type { CallResult, FailedCall } from '../../../proxy/agents/call.ts';
import type { AgentConnection } from '../../../proxy/agents/connection.ts';
import { ConnectionV1 } from '../../../proxy/agents/connection-v1.ts';
import { temporaryFolder, until } from '../../agents/support.ts';
import { allowed, callTo, isConfigure, serveTalk, type Talk } from './support.ts';

async function connectionTo(talk: Talk) {
  const folder = await temporaryFolder();
  const server = await serveTalk(folder.file('s'), (message, socket, connection) =>
    isConfigure(message) ? allowed : talk(message, socket, connection),
  );
  const ends: FailedCall[] = [];
  const opened = Promise.withResolvers<AgentConnection>();
  const connection = new ConnectionV1(
    folder.file('s'),
    { type: 'configure', agentId: 'a', config: {}, configVersion: undefined },
    {
      onOpen: (one) => opened.resolve(one),
      onFree: () => undefined,
      onEnd: (_, ended) => void ends.push(ended),
      onHealth: () => undefined,
      onWord: () => undefined,
      onUpdate: () => undefined,
    },
  );
  await opened.promise;
  const send = (): Promise<CallResult> => {
    const call = callTo('/');
    connection.send(call);
    return call.outcome;
  };
  return {
    connection,
    send,
    ends,
    server,
    [Symbol.asyncDispose]: async () => {
      connection.end('stopped', 'the test is over');
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test('calls one after the other', async () => {
  await using one = await connectionTo(() => allowed);
  for (let call = 0; call < 3; call += 1) assert.equal((await one.send()).ok, true);
  assert.deepEqual(one.ends, []);
});

const faults: readonly (readonly [string, Talk, string, RegExp])[] = [
  ['an agent that hangs up', (_, socket) => void socket.end(), 'lost', /closed the connection/],
  [
    'garbage',
    (_, socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\n'),
    'bad-protocol',
    /a frame of 1213486160 bytes/,
  ],
  ['a frame of length 0', (_, socket) => void socket.write(Buffer.alloc(4)), 'bad-protocol', /length 0/],
  ['a frame of 4 GB', (_, socket) => void socket.write(Buffer.alloc(4, 0xff)), 'bad-protocol', /4294967295 bytes/],
  ['a reply that is none', () => ({ version: 1 }), 'bad-protocol', /^decision/],
];

for (const [name, talk, fault, detail] of faults) {
  test(`a call ends with its fault: ${name}`, async () => {
    await using one = await connectionTo(talk);
    const result = await one.send();
    assert(!result.ok);
    assert.equal(result.fault, fault);
    assert.match(result.detail, detail);
    assert.deepEqual(one.ends, [result]);
  });
}

test('a second reply, and one nobody asked for, end the connection', async () => {
  await using one = await connectionTo((_, socket) => {
    const reply = encodeFrame(allowed) ?? Buffer.alloc(0);
    socket.write(Buffer.concat([reply, reply]));
  });
  assert.equal((await one.send()).ok, true); // the first is the answer
  assert.deepEqual(
    one.ends.map(({ detail }) => detail),
    ['a reply that nobody asked for'],
  );
});

test('a call given up for its deadline ends the connection; one whose client left does not', async () => {
  await using one = await connectionTo(() => undefined);
  const call = callTo('/');
  one.connection.send(call);
  await until('the call has arrived', () => one.server.seen.length === 2);
  one.connection.cancel(call, 'client_disconnect');
  assert.equal(one.ends.length, 0);
  one.connection.cancel(call, 'timeout');
  one.connection.end('lost', 'later');
  assert.deepEqual(await call.outcome, { ok: false, fault: 'timed-out', detail: 'no answer in time' });
  assert.equal(one.ends.length, 1);
  await until('the agent sees the end', () => one.server.sockets.size === 0);
});
