// WebSocket frames put to agents, over real sockets: Node's own client, a server on bare sockets, an agent that decides.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { AgentEvent, WebsocketFrameEvent } from '#protocol/message';
import { WebSocketServer } from '../../fixtures/websocket-server.ts';
import { effect } from '../../support/effect.ts';
import { until } from '../../support/proxy.ts';
import { frame, framesIn, handshake, opcodes } from '../../support/websocket.ts';
import { type Answer, asking, blocked } from '../agents/agent-server.ts';

const parts = {
  events: '"websocket-frame"',
  route: 'websocket #true',
  supports: ['websocket_frame', 'request_headers'] as const,
};

interface Options {
  readonly agent?: string;
  readonly encoding?: 'json' | 'sentinel-binary';
  readonly path?: string;
}

/** An open WebSocket through a worker that asks about its frames. */
async function open(
  answer: (event: WebsocketFrameEvent) => Answer,
  { agent = '', encoding, path = '/' }: Options = {},
) {
  const server = await WebSocketServer.start();
  const all = await asking(server, (event: AgentEvent) => (event.type === 'websocket_frame' ? answer(event) : {}), {
    ...parts,
    agent,
    ...(encoding !== undefined && { encoding }),
  });
  const socket = new WebSocket(`ws://127.0.0.1:${all.worker.port}${path}`);
  socket.binaryType = 'arraybuffer';
  const messages: string[] = [];
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.addEventListener('message', ({ data }) => {
    messages.push(data instanceof ArrayBuffer ? Buffer.from(data).toString('latin1') : String(data));
  });
  socket.addEventListener('error', () => undefined);
  socket.addEventListener('close', ({ code, reason }) => closed.resolve({ code, reason }));
  await until(
    () => socket.readyState === WebSocket.OPEN,
    () => 'it does not open',
  );
  const says = async (content: string) => {
    const before = messages.length;
    socket.send(content);
    await until(
      () => messages.length > before,
      () => `no answer to ${content.slice(0, 20)}`,
    );
    return messages.at(-1);
  };
  return {
    ...all,
    socket,
    messages,
    says,
    closed: closed.promise,
    upstream: server,
    frames: () => all.server.ofType('websocket_frame'),
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await closed.promise;
      await all[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const textOf = (event: AgentEvent) => ('data' in event ? Buffer.from(event.data).toString() : '');

for (const encoding of ['sentinel-binary', 'json'] as const)
  effect('agents.agent.events', async () => {
    await using one = await open(() => ({}), { encoding });
    assert.equal(await one.says('hello'), 'hello');
    assert.equal(await one.says('fragments'), 'one,two,three');
    assert.deepEqual(
      one.frames().map((event) => [event.clientToServer, event.opcode, textOf(event), event.frameIndex, event.fin]),
      [
        [true, 'text', 'hello', 0, true],
        [false, 'text', 'hello', 0, true],
        [true, 'text', 'fragments', 1, true],
        [false, 'text', 'one,', 1, false],
        [false, 'continuation', 'two,', 2, false],
        [false, 'continuation', 'three', 3, true],
      ],
    );
    assert.deepEqual([one.frames()[0]?.clientIp, one.frames()[0]?.routeId], ['127.0.0.1', 'site']);
    await until(
      () => one.upstream.controls.some(({ payload }) => payload.toString() === 'still there?'),
      () => 'control frames pass unasked, between fragments too',
    );
    const long = 'x'.repeat(300_000);
    assert.equal(await one.says(long), long);
  });

test('nothing of a frame goes on before the verdict, and what is dropped never does', async () => {
  const verdict = Promise.withResolvers<object>();
  await using one = await open((event) => {
    if (textOf(event) === 'held') return verdict.promise;
    return textOf(event) === 'secret' ? { websocket: 'drop' } : {};
  });
  one.socket.send('held');
  await until(
    () => one.frames().length === 1,
    () => 'it is asked about',
  );
  one.socket.send('secret');
  one.socket.send('last');
  assert.deepEqual(one.messages, []);
  verdict.resolve({});
  await until(
    () => one.messages.length === 2,
    () => 'the others pass',
  );
  assert.deepEqual(one.messages, ['held', 'last']);
});

test('a dropped fragment becomes an empty one, so the message around it stays whole', async () => {
  await using one = await open((event) => (textOf(event) === 'two,' ? { websocket: 'drop' } : {}));
  assert.equal(await one.says('fragments'), 'one,three');
});

test('an agent ends a connection with its code and reason, towards both sides, and the logs say so', async () => {
  const close = { websocket: { close: { code: 4003, reason: 'no more' } } } as const;
  await using one = await open((event) => (textOf(event) === 'bye' ? close : {}));
  assert.equal(await one.says('hello'), 'hello');
  one.socket.send('bye');
  assert.deepEqual(await one.closed, { code: 4003, reason: 'no more' });
  await until(
    () => one.upstream.controls.some(({ opcode }) => opcode === opcodes.close),
    () => 'the upstream is told',
  );
  assert.deepEqual(one.upstream.controls.at(-1)?.payload, Buffer.from('\u000f\u00a3no more', 'latin1'));
  const [line] = await one.worker.lines(1);
  assert.equal(line?.error, 'tunnel-frame: closed by an agent with 4003');
  assert.deepEqual(
    line?.agents?.map(({ decision }) => decision),
    ['close'],
  );
});

test('a block ends the connection with 1008', async () => {
  await using one = await open(() => blocked());
  one.socket.send('x');
  assert.equal((await one.closed).code, 1008);
});

for (const [mode, expected] of [
  ['open', 'passes'],
  ['closed', 1011],
] as const)
  test(`no answer, failure mode ${mode}: ${expected}`, async () => {
    await using one = await open(() => undefined, {
      agent: `failure-mode "${mode}"; event-timeouts { websocket-frame 100 }`,
    });
    if (expected === 'passes') assert.equal(await one.says('x'), 'x');
    else {
      one.socket.send('x');
      assert.equal((await one.closed).code, expected);
    }
  });

effect('agents.agent.event-timeouts.websocket-frame', async () => {
  await using one = await open(() => undefined, {
    agent: 'failure-mode "open"; timeout-ms 60000; event-timeouts { websocket-frame 50 }',
  });
  assert.equal(await one.says('x'), 'x'); // long before the minute is over
});

effect('agents.agent.body-handling.max-bytes', async () => {
  await using one = await open(() => ({}), { agent: 'body-handling { max-bytes 1000 }' });
  assert.equal(await one.says('x'.repeat(1000)), 'x'.repeat(1000));
  one.socket.send('x'.repeat(1001));
  assert.equal((await one.closed).code, 1009);
});

test('compression is not offered where frames are looked at, and memory is given back', async () => {
  await using one = await open(() => ({}), { path: '/deflate' });
  const text = 'again and '.repeat(10_000);
  assert.equal(await one.says(text), text);
  assert.equal(one.socket.extensions, '');
  assert.equal(textOf(one.frames()[0] as AgentEvent), text);
  one.socket.close();
  await one.closed;
  await until(
    () => one.worker.worker.inspectionMemory.bytesHeld === 0,
    () => `${one.worker.worker.inspectionMemory.bytesHeld} bytes are held`,
  );
});

const mask = randomBytes(4);
for (const [what, bytes, code] of [
  ['not masked', frame(opcodes.text, 'x'), 1002],
  ['a reserved bit', frame(opcodes.text, 'x', { mask, isCompressed: true }), 1002],
  ['an unknown opcode', frame(3, 'x', { mask }), 1002],
  ['a continuation of nothing', frame(opcodes.continuation, 'x', { mask }), 1002],
  ['a ping in fragments', frame(opcodes.ping, 'x', { mask, isFinal: false }), 1002],
  [
    'a message within another',
    Buffer.concat([frame(opcodes.text, 'x', { mask, isFinal: false }), frame(opcodes.text, 'y', { mask })]),
    1002,
  ],
  ['a length of 2^63', Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, ...mask]), 1002],
  ['a length of 2^40', Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, ...mask]), 1009],
] as const)
  test(`a frame that nobody could read alike ends the connection: ${what}`, async () => {
    await using server = await WebSocketServer.start();
    await using all = await asking(server, () => ({}), parts);
    await using client = await all.worker.open();
    client.send(handshake());
    const head = await client.sees('\r\n\r\n');
    client.socket.write(bytes);
    const closing = () => framesIn(Buffer.from(client.received.slice(head.length), 'latin1')).frames.at(-1);
    await until(
      () => closing()?.opcode === opcodes.close,
      () => 'a Close comes',
    );
    assert.equal(closing()?.payload.readUInt16BE(), code);
  });

test('frames come through whole however their bytes are split, both ways at once', async () => {
  await using server = await WebSocketServer.start();
  await using all = await asking(
    server,
    ({ type }) => new Promise((done) => setImmediate(done, type ? {} : {})),
    parts,
  );
  await using client = await all.worker.open();
  client.send(handshake());
  const head = await client.sees('\r\n\r\n');
  const sent = Array.from({ length: 50 }, (_, index) => `${index}:${'y'.repeat((index * 37) % 400)}`);
  const bytes = Buffer.concat(sent.map((text) => frame(opcodes.text, text, { mask: randomBytes(4) })));
  for (let at = 0; at < bytes.length; at += 97) client.socket.write(bytes.subarray(at, at + 97));
  const received = () => framesIn(Buffer.from(client.received.slice(head.length), 'latin1')).frames;
  await until(
    () => received().length === sent.length,
    () => `${received().length} of ${sent.length} came back`,
  );
  assert.deepEqual(
    received().map(({ payload }) => payload.toString()),
    sent,
  );
});

test('a connection without such an agent is not looked at: what nobody could read passes', async () => {
  await using server = await WebSocketServer.start();
  await using all = await asking(server, () => ({}), { ...parts, events: '"request-headers"' });
  await using client = await all.worker.open();
  client.send(handshake('/deflate', 'Sec-WebSocket-Extensions: permessage-deflate\r\n'));
  const head = await client.sees('\r\n\r\n');
  assert.match(head, /permessage-deflate/);
  assert.equal(all.server.ofType('websocket_frame').length, 0);
});
