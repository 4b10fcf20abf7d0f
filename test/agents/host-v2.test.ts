// Version 2 on a real Unix socket: handshake, many calls at once, in every encoding; cancel, health, drain; faults that
// cost one call and faults that cost the connection.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { allow, block } from '#agent';
import { createLogger } from '#config/log';
import { sendCancel, sendEvent, sendPing } from '#protocol/codec-v2';
import { encodings } from '#protocol/control';
import { type AgentReply, plainAllow } from '#protocol/message';
import { type Agent, Answerer } from '../../agents/host-answer.ts';
import { HostConnection } from '../../agents/host-connection.ts';
import { HostStatus } from '../../agents/host-status.ts';
import { requestHeaders } from '../../agents/testing.ts';
import { dialV2, temporaryFolder, until } from './support.ts';

async function serve(agent: Omit<Agent, 'name'>) {
  const folder = await temporaryFolder();
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  const status = new HostStatus('test');
  const answerer = new Answerer({ name: 'test', ...agent }, log, status);
  const connections: HostConnection[] = [];
  const server = createServer((socket) => connections.push(new HostConnection(socket, answerer, log)));
  const path = folder.file('s');
  await new Promise<void>((done) => server.listen(path, done));
  return {
    path,
    status,
    lines,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const connection of connections) connection.cut();
      await new Promise((done) => server.close(done));
      await folder[Symbol.asyncDispose]();
    },
  };
}

function asking(correlationId: string, uri = '/') {
  return requestHeaders({ uri, metadata: { correlationId } });
}

for (const encoding of encodings) {
  test(`many calls at once are answered each with its own answer: ${encoding}`, async () => {
    await using server = await serve({
      onRequestHeaders: async ({ uri }) => {
        if (uri.length % 2 === 0) await new Promise((done) => setImmediate(done));
        return block(403, { body: uri });
      },
    });
    await using client = await dialV2(server.path, encoding);
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, id) => client.call(id, asking(`c${id}`, `/${'x'.repeat(id)}`))),
    );
    for (const [id, { decision }] of replies.entries()) {
      assert(decision.type === 'block');
      assert.equal(decision.body, `/${'x'.repeat(id)}`);
    }
  });
}

test('the handshake says what the agent has handlers for; health follows', async () => {
  await using server = await serve({ onRequestHeaders: () => allow(), onRequestBodyChunk: () => allow() });
  await using client = await dialV2(server.path);
  const { response } = await client.next('handshake-response');
  assert.equal(response.success, true);
  assert.equal(response.encoding, 'sentinel-binary');
  assert.deepEqual(response.capabilities.supportedEvents, ['request_headers', 'request_body_chunk']);
  assert.deepEqual((await client.next('health')).health.state, { status: 'healthy' });
  server.status.setHealth({ status: 'unhealthy', reason: 'no database', recoverable: true });
  const told = await client.next('health', ({ health }) => health.state.status === 'unhealthy');
  assert.deepEqual(told.health.state, { status: 'unhealthy', reason: 'no database', recoverable: true });
  server.status.pause();
  assert.equal((await client.next('flow-control')).control.action, 'pause');
  server.status.announce({ type: 'request_reload' });
  assert.deepEqual((await client.next('config-update')).update, { type: 'request_reload' });
});

test('body handlers get bytes, whatever they are, in every encoding', async () => {
  const seen: string[] = [];
  await using server = await serve({
    onRequestBodyChunk: ({ data }) => {
      seen.push(Buffer.from(data).toString('hex'));
      return { ...plainAllow, requestBody: { data: Buffer.from([0xff, 0]), chunkIndex: 0 } };
    },
  });
  for (const encoding of encodings) {
    await using client = await dialV2(server.path, encoding);
    const data = Buffer.from('00ff80', 'hex');
    const chunk = { correlationId: 'c', data, isLast: true, totalSize: 3, chunkIndex: 0, bytesReceived: 3 };
    const reply = await client.call(1, { type: 'request_body_chunk', ...chunk });
    assert.deepEqual(Buffer.from(reply.requestBody?.data ?? []), Buffer.from([0xff, 0]));
  }
  assert.deepEqual(seen, ['00ff80', '00ff80', '00ff80']);
});

test('a handler that throws costs its call and no other', async () => {
  await using server = await serve({
    onRequestHeaders: ({ uri }) => {
      if (uri === '/throw') throw new Error('oh');
      return allow();
    },
  });
  await using client = await dialV2(server.path);
  sendEvent(client.batch, 'sentinel-binary', 1, asking('a', '/throw'));
  assert.equal((await client.call(2, asking('b'))).decision.type, 'allow');
  assert.deepEqual(await client.next('failed'), { type: 'failed', callId: 1, why: 'the agent failed' });
});

for (const encoding of encodings) {
  test(`a cancel aborts the handler, and its answer is not sent: ${encoding}`, async () => {
    let reason: unknown;
    await using server = await serve({
      onRequestHeaders: ({ uri }, { signal }) => {
        if (uri !== '/slow') return allow();
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            resolve(allow());
          });
        });
      },
    });
    await using client = await dialV2(server.path, encoding);
    sendEvent(client.batch, encoding, 1, asking('slow', '/slow'));
    sendCancel(client.batch, encoding, 1, 'slow', 'timeout');
    await client.call(2, asking('quick'));
    assert.equal(reason, 'timeout');
    sendPing(client.batch, Buffer.from('x'));
    await client.next('pong');
    assert.equal(client.messages.filter(({ type }) => type === 'reply').length, 1);
  });
}

test('a ping is answered with what it carried', async () => {
  await using server = await serve({});
  await using client = await dialV2(server.path);
  sendPing(client.batch, Buffer.from('{"sequence":7}'));
  assert.equal((await client.next('pong')).payload.toString(), '{"sequence":7}');
});

test('draining says so, answers what was asked, then ends', async () => {
  const hold = Promise.withResolvers<AgentReply>();
  await using server = await serve({ onRequestHeaders: () => hold.promise });
  await using client = await dialV2(server.path);
  sendEvent(client.batch, 'sentinel-binary', 1, asking('a'));
  sendPing(client.batch, Buffer.from('x'));
  await client.next('pong');
  server.status.setHealth({ status: 'draining', etaMs: 1 });
  server.connections[0]?.drain();
  await client.next('health', ({ health }) => health.state.status === 'draining');
  await client.next('ping');
  sendPing(client.batch, Buffer.from('y')); // behind the pong that the client has sent by itself
  await client.next('pong', ({ payload }) => payload.toString() === 'y');
  assert.equal(client.socket.destroyed, false);
  hold.resolve(allow());
  await client.closed;
  assert.equal(client.messages.filter(({ type }) => type === 'reply').length, 1);
});

test('what is no message costs the connection and no other', async () => {
  await using server = await serve({});
  await using good = await dialV2(server.path);
  await using bad = await dialV2(server.path);
  bad.socket.write(Buffer.from('00000001ee', 'hex'));
  await bad.closed;
  assert.match(String(server.lines.at(-1)?.['fault']), /type 0xee/);
  assert.equal((await good.call(1, asking('a'))).decision.type, 'allow');
});

test('an event before the handshake is refused', async () => {
  await using server = await serve({});
  await using client = await dialV2(server.path);
  client.socket.write(Buffer.from('000000030120' + '20', 'hex')); // a second handshake that is no JSON
  await client.closed;
  await until('the line', () => server.lines.length > 0);
  assert.match(String(server.lines.at(-1)?.['fault']), /handshake/);
});
