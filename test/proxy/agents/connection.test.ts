// One connection over a real Unix socket: each call has exactly one outcome, each fault its name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame } from '#protocol/frame-v1';
import { AgentConnection, type FailedCall } from '../../../proxy/agents/connection.ts';
import { requestHeaders, temporaryFolder, until } from '../../agents/support.ts';
import { allowed, serveTalk, type Talk } from './support.ts';

const frame = encodeFrame(requestHeaders()) ?? Buffer.alloc(0);

async function connectionTo(talk: Talk) {
  const folder = await temporaryFolder();
  const server = await serveTalk(folder.file('s'), talk);
  const ends: FailedCall[] = [];
  const connection = new AgentConnection(folder.file('s'), (ended) => ends.push(ended));
  return {
    connection,
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
  for (let call = 0; call < 3; call += 1) assert.equal((await one.connection.call(frame)).ok, true);
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
  ['a reply that is none', () => ({ version: 1 }), 'bad-protocol', /^decision/],
  [
    'a challenge',
    () => ({ version: 1, decision: { challenge: {} } }),
    'bad-protocol',
    /^decision\.challenge\.challenge_type/,
  ],
];

for (const [name, talk, fault, detail] of faults) {
  test(`a call ends with its fault: ${name}`, async () => {
    await using one = await connectionTo(talk);
    const result = await one.connection.call(frame);
    assert(!result.ok);
    assert.equal(result.fault, fault);
    assert.match(result.detail, detail);
    assert.deepEqual(one.ends, [result]);
    assert.deepEqual(await one.connection.call(frame), result); // over is over
  });
}

test('nobody listens', async () => {
  await using folder = await temporaryFolder();
  const ends: FailedCall[] = [];
  const result = await new AgentConnection(folder.file('none'), (ended) => ends.push(ended)).call(frame);
  assert(!result.ok);
  assert.equal(result.fault, 'unreachable');
  assert.deepEqual(ends, [result]);
});

test('a second reply, and one nobody asked for, end the connection', async () => {
  await using one = await connectionTo((_, socket) => {
    socket.write(
      Buffer.concat([encodeFrame(allowed) ?? '', encodeFrame(allowed) ?? ''].map((part) => Buffer.from(part))),
    );
  });
  assert.equal((await one.connection.call(frame)).ok, true); // the first is the answer
  assert.deepEqual(
    one.ends.map(({ detail }) => detail),
    ['a reply that nobody asked for'],
  );
});

test('ending from our side settles the call in flight, once, and closes the socket', async () => {
  await using one = await connectionTo(() => undefined);
  const call = one.connection.call(frame);
  await until('the call has arrived', () => one.server.seen.length === 1);
  one.connection.end('timed-out', 'no answer');
  one.connection.end('lost', 'later');
  assert.deepEqual(await call, { ok: false, fault: 'timed-out', detail: 'no answer' });
  assert.equal(one.ends.length, 1);
  await until('the agent sees the end', () => one.server.sockets.size === 0);
});
