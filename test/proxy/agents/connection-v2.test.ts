// One connection in version 2 over a real Unix socket, against a server that is written with the protocol's own codec: the
// offer, every encoding, calls at the same time, late and unasked replies, cancel, health, flow control, ping.

import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import {
  AgentReader,
  type ProxyMessage,
  sendControl,
  sendHandshakeResponse,
  sendPing,
  sendReply,
} from '#protocol/codec-v2';
import type { Capabilities, Encoding } from '#protocol/control';
import { FrameBatch } from '#protocol/frame-batch';
import { type EventType, plainAllow } from '#protocol/message';
import type { FailedCall } from '../../../proxy/agents/call.ts';
import type { AgentConnection, Health, Standing } from '../../../proxy/agents/connection.ts';
import { ConnectionV2 } from '../../../proxy/agents/connection-v2.ts';
import { SocketWire } from '../../../proxy/agents/wire.ts';
import { temporaryFolder, until } from '../../agents/support.ts';
import { callTo, completed } from './support.ts';

type Heard = Extract<ProxyMessage, { type: 'event' }>;

interface Server {
  readonly batch: FrameBatch;
  readonly socket: Socket;
  readonly heard: ProxyMessage[];
  reply(message: Heard): void;
}

interface Habits {
  readonly encoding?: Encoding;
  readonly events?: readonly EventType[];
  readonly onEvent?: (server: Server, message: Heard) => void;
  readonly answers?: boolean; // the offer
  readonly concurrency?: number;
}

function capabilities(events: readonly EventType[], concurrency: number): Capabilities {
  const features = { streamingBody: true, websocket: false, guardrails: false, configPush: true, metricsExport: true };
  return {
    agentId: 'a',
    name: 'a',
    version: '1',
    supportedEvents: events,
    features: {
      ...features,
      concurrentRequests: concurrency,
      cancellation: true,
      flowControl: true,
      healthReporting: true,
    },
    limits: { maxBodySize: 1000, maxConcurrency: 0, preferredChunkSize: 0 },
  };
}

async function connected(habits: Habits = {}) {
  const { encoding = 'sentinel-binary', events = ['request_headers'], answers = true, concurrency = 0 } = habits;
  const { onEvent = (to: Server, message: Heard) => to.reply(message) } = habits;
  const folder = await temporaryFolder();
  const servers: Server[] = [];
  const server = createServer((socket) => {
    const batch = FrameBatch.for(socket);
    const heard: ProxyMessage[] = [];
    const one: Server = {
      batch,
      socket,
      heard,
      reply: ({ callId, correlationId }) => void sendReply(batch, encoding, callId, correlationId, plainAllow),
    };
    servers.push(one);
    const reader = new AgentReader((message) => {
      heard.push(message);
      if (message.type === 'handshake-request' && answers) {
        sendHandshakeResponse(batch, {
          protocolVersion: 2,
          capabilities: capabilities(events, concurrency),
          success: true,
          error: undefined,
          encoding,
        });
        reader.encoding = encoding;
      } else if (message.type === 'event') {
        if (message.event.type === 'configure') one.reply(message);
        else onEvent(one, message);
      }
    });
    socket.on('data', (chunk) => void reader.push(Buffer.from(chunk)));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((done) => server.listen(folder.file('s'), done));
  const ends: FailedCall[] = [];
  const healths: Health[] = [];
  let freed = 0;
  const opened = Promise.withResolvers<readonly [AgentConnection, Standing] | undefined>();
  const connection = new ConnectionV2(
    (events) => new SocketWire(folder.file('s'), events),
    { type: 'configure', agentId: 'a', config: { x: 1 }, configVersion: '1' },
    {
      onOpen: (one, standing) => opened.resolve([one, standing]),
      onFree: () => {
        freed += 1;
      },
      onEnd: (_, ended) => {
        ends.push(ended);
        opened.resolve(undefined);
      },
      onHealth: (health) => void healths.push(health),
      onWord: () => undefined,
      onUpdate: () => undefined,
    },
  );
  const standing = (await opened.promise)?.[1];
  return {
    connection,
    standing,
    ends,
    healths,
    freed: () => freed,
    server: () => servers[0] as Server,
    send: (uri = '/') => {
      const call = callTo(uri);
      connection.send(call);
      return call;
    },
    [Symbol.asyncDispose]: async () => {
      connection.end('stopped', 'the test is over');
      for (const { socket } of servers) socket.destroy();
      await new Promise((done) => server.close(done));
      await folder[Symbol.asyncDispose]();
    },
  };
}

for (const encoding of ['sentinel-binary', 'msgpack', 'json'] as const) {
  test(`the encoding that the agent chose is spoken: ${encoding}`, async () => {
    await using one = await connected({ encoding, events: ['configure', 'request_headers'] });
    assert.deepEqual([one.standing?.encoding, one.standing?.bodyBytesMax], [encoding, 1000]);
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => one.send(`/${index}`).outcome));
    assert(results.every(({ ok }) => ok));
    const [offer, configure, first] = one.server().heard;
    assert(offer?.type === 'handshake-request');
    assert.equal(offer.request.supportedEncodings[0], 'sentinel-binary');
    assert(configure?.type === 'event' && configure.event.type === 'configure');
    assert.deepEqual(configure.event.config, { x: 1 });
    assert(first?.type === 'event' && first.event.type === 'request_headers');
    assert.deepEqual([first.event.uri, first.event.headers.get('host')], ['/0', ['shop.example']]);
  });

  test(`a reply that comes late is dropped, one that nobody asked for ends the connection: ${encoding}`, async () => {
    const held: Heard[] = [];
    await using one = await connected({ encoding, onEvent: (_, message) => void held.push(message) });
    const [late, other] = [one.send('/late'), one.send('/other')];
    await until('both have arrived', () => held.length === 2);
    one.connection.cancel(late, 'timeout');
    await until('the cancel has arrived', () => one.server().heard.some(({ type }) => type === 'cancel'));
    for (const message of held) one.server().reply(message);
    assert.equal((await other.outcome).ok, true);
    assert.deepEqual(one.ends, []);
    one.server().reply(held[0] as Heard);
    await until('the connection has ended', () => one.ends.length === 1);
    assert.deepEqual(one.ends[0], { ok: false, fault: 'bad-protocol', detail: 'a reply that nobody asked for' });
  });

  test(`calls in flight are settled when the agent goes: ${encoding}`, async () => {
    await using one = await connected({ encoding, onEvent: ({ socket }) => void socket.destroy() });
    const results = await Promise.all([one.send().outcome, one.send().outcome]);
    assert.deepEqual(
      results.map((result) => (result.ok ? 'ok' : result.fault)),
      ['lost', 'lost'],
    );
  });
}

test('where replies are known by their exchange, one that is owed is waited for before the next question', async () => {
  const held: Heard[] = [];
  await using one = await connected({ encoding: 'json', onEvent: (_, message) => void held.push(message) });
  const first = one.send();
  await until('it has arrived', () => held.length === 1);
  one.connection.cancel(first, 'timeout');
  const again = callTo('/', 'request-headers', first.event);
  one.connection.send(again);
  const result = await again.outcome;
  assert(!result.ok);
  assert.equal(result.fault, 'timed-out');
  one.server().reply(held[0] as Heard);
  await until('the late reply has been dropped', () => {
    const third = callTo('/', 'request-headers', first.event);
    one.connection.send(third);
    return !third.isSettled;
  });
});

for (const [name, bytes, detail] of [
  ['garbage', Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), /1213486160 bytes/],
  ['a length of 4 GB', Buffer.alloc(8, 0xff), /4294967295 bytes/],
  ['a length of 0', Buffer.alloc(8), /length 0/],
  ['an event, which is ours to send', Buffer.from([0, 0, 0, 2, 0x10, 0]), /0x10/],
  ['a reply without a call', Buffer.from([0, 0, 0, 2, 0x20, 0]), /id of its call/],
] as const) {
  test(`what is not the agent's to say ends the connection: ${name}`, async () => {
    await using one = await connected({ onEvent: ({ socket }) => void socket.write(bytes) });
    const result = await one.send().outcome;
    assert(!result.ok);
    assert.equal(result.fault, 'bad-protocol');
    assert.match(result.detail, detail);
  });
}

test('an agent that does not know version 2 is found out, with nothing understood', async () => {
  await using folder = await temporaryFolder();
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((done) => server.listen(folder.file('s'), done));
  const ended = Promise.withResolvers<FailedCall>();
  const nothing = () => undefined;
  const connection = new ConnectionV2(
    (events) => new SocketWire(folder.file('s'), events),
    { type: 'configure', agentId: 'a', config: {}, configVersion: undefined },
    {
      onOpen: nothing,
      onFree: nothing,
      onHealth: nothing,
      onWord: nothing,
      onUpdate: nothing,
      onEnd: (_, why) => ended.resolve(why),
    },
  );
  assert.equal((await ended.promise).fault, 'lost');
  assert.equal(connection.isUnderstood, false);
  await new Promise((done) => server.close(done));
});

test('health is passed on, and more time is bounded', async () => {
  await using one = await connected();
  const say = (state: Parameters<typeof health>[0]) =>
    sendControl(one.server().batch, 'sentinel-binary', health(state));
  say({ status: 'degraded', disabledFeatures: [], timeoutMultiplier: 1000 });
  say({ status: 'draining', etaMs: undefined });
  await until('both have come', () => one.healths.length === 2);
  assert.deepEqual(
    one.healths.map(({ status, timeoutFactor }) => [status, timeoutFactor]),
    [
      ['degraded', 10],
      ['draining', 1],
    ],
  );
});

function health(
  state:
    | { status: 'degraded'; disabledFeatures: string[]; timeoutMultiplier: number }
    | { status: 'draining'; etaMs: undefined },
) {
  const nothing = { message: undefined, load: {}, resources: {}, validUntilMs: undefined, timestampMs: 0 };
  return { type: 'health', health: { agentId: 'a', state, ...nothing } } as const;
}

test('flow control: a paused connection takes nothing until it is resumed', async () => {
  await using one = await connected();
  const say = (action: 'pause' | 'resume') =>
    sendControl(one.server().batch, 'sentinel-binary', {
      type: 'flow-control',
      control: { correlationId: undefined, action, timestampMs: 0 },
    });
  say('pause');
  await until('it is paused', () => !one.connection.isFree);
  say('resume');
  await until('it is free', () => one.connection.isFree && one.freed() > 0);
});

test('a ping is answered with its payload', async () => {
  await using one = await connected();
  sendPing(one.server().batch, Buffer.from('now'));
  await until('the pong has come', () =>
    one.server().heard.some((message) => message.type === 'pong' && message.payload.toString() === 'now'),
  );
});

test('what is only told needs no answer, and an answer all the same is no fault', async () => {
  await using one = await connected({ events: ['request_headers', 'request_complete'] });
  const call = callTo('/', 'log', completed('c1'));
  one.connection.send(call);
  assert.equal(call.isSettled, true);
  assert.equal((await one.send().outcome).ok, true);
  assert.deepEqual(one.ends, []);
});

test('the events and the calls at once that the agent names are known', async () => {
  await using one = await connected({ events: ['request_headers', 'response_headers'], concurrency: 7 });
  assert.deepEqual([...(one.standing?.phases ?? [])], ['request-headers', 'response-headers']);
  assert.equal(one.standing?.callsMax, 7);
});
