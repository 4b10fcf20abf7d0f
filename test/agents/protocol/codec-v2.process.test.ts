// Version 2, both sides, in every encoding: what is written is read back, however the stream is split; what is not a
// message is refused with a reason and never throws; nothing behind it is read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type AgentMessage,
  AgentReader,
  callKey,
  type ProxyMessage,
  ProxyReader,
  sendCancel,
  sendControl,
  sendEvent,
  sendFailure,
  sendHandshakeRequest,
  sendHandshakeResponse,
  sendPing,
  sendPong,
  sendReply,
} from '#protocol/codec-v2';
import { type ControlMessage, encodings } from '#protocol/control';
import { FrameBatch } from '#protocol/frame-batch';
import type { AgentEvent, AgentReply } from '#protocol/message';
import { plainAllow } from '#protocol/message';
import { events, plain, plainReply, replies } from './arbitraries.ts';

/** The bytes that `write` puts into a batch. */
function bytesOf(write: (batch: FrameBatch) => void): Buffer {
  const written: Buffer[] = [];
  const batch = new FrameBatch((frames) => {
    written.push(Buffer.from(frames));
    return true;
  });
  write(batch);
  batch.flush();
  return Buffer.concat(written);
}

/** Pushes `bytes` cut at the given places. */
function pushSplit(reader: { push(chunk: Buffer): string | undefined }, bytes: Buffer, cuts: readonly number[]) {
  let at = 0;
  let problem: string | undefined;
  for (const cut of [...cuts.map((one) => one % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    problem = reader.push(Buffer.from(bytes.subarray(at, cut)));
    at = cut;
  }
  return problem;
}

const cuts = fc.array(fc.nat(4000), { maxLength: 6 });

for (const encoding of encodings) {
  test(`events come back as they went out, however the stream is split: ${encoding}`, () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 4 }), cuts, (sent: AgentEvent[], splits) => {
        const bytes = bytesOf((batch) => {
          for (const [id, event] of sent.entries()) assert(sendEvent(batch, encoding, id + 7, event));
        });
        const read: ProxyMessage[] = [];
        const reader = new AgentReader((message) => read.push(message));
        reader.encoding = encoding;
        assert.equal(pushSplit(reader, bytes, splits), undefined);
        const found = read.map((message) => (message.type === 'event' ? plain(message.event) : message));
        assert.deepEqual(found, sent.map(plain));
        for (const [id, message] of read.entries()) {
          assert(message.type === 'event');
          if (encoding === 'sentinel-binary') assert.equal(message.callId, id + 7);
          else assert.equal(message.correlationId, callKey(id + 7, sent[id]!));
        }
      }),
    );
  });

  test(`replies come back as they went out, however the stream is split: ${encoding}`, () => {
    fc.assert(
      fc.property(fc.array(replies, { maxLength: 4 }), cuts, (sent: AgentReply[], splits) => {
        const bytes = bytesOf((batch) => {
          for (const [id, reply] of sent.entries()) assert(sendReply(batch, encoding, id + 7, `c${id}`, reply));
        });
        const read: AgentMessage[] = [];
        const reader = new ProxyReader((message) => read.push(message));
        reader.encoding = encoding;
        assert.equal(pushSplit(reader, bytes, splits), undefined);
        const found = read.map((message) => (message.type === 'reply' ? plainReply(message.reply) : message));
        assert.deepEqual(found, sent.map(plainReply));
        for (const [id, message] of read.entries()) {
          assert(message.type === 'reply');
          if (encoding === 'sentinel-binary') assert.equal(message.callId, id + 7);
          else assert.equal(message.correlationId, `c${id}`);
        }
      }),
    );
  });

  test(`arbitrary frames are refused or read, and throw nothing: ${encoding}`, () => {
    const types = fc.oneof(fc.constantFrom(1, 2, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17), fc.nat(255));
    const agentTypes = fc.constantFrom(0x20, 0x30, 0x31, 0x32, 0x33, 0x40, 0x41, 0x42);
    const payload = fc.uint8Array({ maxLength: 80 });
    fc.assert(
      fc.property(fc.oneof(types, agentTypes), payload, cuts, (type, body, splits) => {
        const frame = Buffer.from([0, 0, 0, body.length + 1, type, ...body]);
        for (const reader of [new AgentReader(readAll), new ProxyReader(() => undefined)]) {
          reader.encoding = encoding;
          const problem = pushSplit(reader, frame, splits);
          assert(problem === undefined || problem.length > 0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test(`bytes that were changed on the way are refused or read, and throw nothing: ${encoding}`, () => {
    const change = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(events, replies, change, (event, reply, changes) => {
        const toAgent = bytesOf((batch) => sendEvent(batch, encoding, 1, event));
        const toProxy = bytesOf((batch) => sendReply(batch, encoding, 1, 'c', reply));
        for (const [at, byte] of changes) {
          toAgent[at % toAgent.length] = byte;
          toProxy[at % toProxy.length] = byte;
        }
        const agent = new AgentReader(readAll);
        const proxy = new ProxyReader(() => undefined);
        for (const reader of [agent, proxy]) reader.encoding = encoding;
        agent.push(toAgent);
        proxy.push(toProxy);
      }),
      { numRuns: 1000 },
    );
  });
}

/** An agent may look at everything of an event that was taken. */
function readAll(message: ProxyMessage): void {
  if (message.type === 'event') plain(message.event);
}

test('an allow that changes nothing is eleven bytes in sentinel-binary', () => {
  const bytes = bytesOf((batch) => sendReply(batch, 'sentinel-binary', 0x01020304, 'c', plainAllow));
  assert.equal(bytes.toString('hex'), '0000000720010203040000');
});

test('a failure is said in sentinel-binary, and left to the deadline elsewhere', () => {
  const read: AgentMessage[] = [];
  const reader = new ProxyReader((message) => read.push(message));
  reader.encoding = 'sentinel-binary';
  reader.push(bytesOf((batch) => assert(sendFailure(batch, 'sentinel-binary', 9, 'oh'))));
  assert.deepEqual(read, [{ type: 'failed', callId: 9, why: 'oh' }]);
  assert.equal(bytesOf((batch) => assert(!sendFailure(batch, 'json', 9, 'oh'))).length, 0);
});

test('cancel, ping and pong, in every encoding', () => {
  for (const encoding of encodings) {
    const read: unknown[] = [];
    const reader = new AgentReader((message) => read.push(message));
    reader.encoding = encoding;
    const bytes = bytesOf((batch) => {
      sendCancel(batch, encoding, 5, 'c5', 'timeout');
      sendPing(batch, Buffer.from('{"sequence":1}'));
      sendPong(batch, Buffer.from('x'));
    });
    assert.equal(reader.push(bytes), undefined);
    const named =
      encoding === 'sentinel-binary'
        ? { callId: 5, correlationId: undefined }
        : { callId: undefined, correlationId: 'c5' };
    assert.deepEqual(read, [
      { type: 'cancel', ...named, reason: 'timeout' },
      { type: 'ping', payload: Buffer.from('{"sequence":1}') },
      { type: 'pong', payload: Buffer.from('x') },
    ]);
  }
});

const features = {
  streamingBody: true,
  websocket: false,
  guardrails: true,
  configPush: false,
  metricsExport: true,
  concurrentRequests: 64,
  cancellation: true,
  flowControl: false,
  healthReporting: true,
};

test('the handshake comes back as it went out, and the encoding changes within a chunk', () => {
  const request = {
    supportedVersions: [2],
    proxyId: 'p',
    proxyVersion: '1',
    config: { a: 1 },
    supportedEncodings: [...encodings],
  };
  const asked: ProxyMessage[] = [];
  new AgentReader((message) => asked.push(message)).push(bytesOf((batch) => sendHandshakeRequest(batch, request)));
  assert.deepEqual(asked, [{ type: 'handshake-request', request }]);
  const response = {
    protocolVersion: 2,
    capabilities: {
      agentId: 'a',
      name: 'n',
      version: 'v',
      supportedEvents: ['request_headers', 'configure'] as const,
      features,
      limits: { maxBodySize: 1, maxConcurrency: 2, preferredChunkSize: 3 },
    },
    success: true,
    error: undefined,
    encoding: 'sentinel-binary' as const,
  };
  const answered: AgentMessage[] = [];
  const reader = new ProxyReader((message) => {
    answered.push(message);
    if (message.type === 'handshake-response') reader.encoding = message.response.encoding;
  });
  const bytes = bytesOf((batch) => {
    sendHandshakeResponse(batch, response);
    sendReply(batch, 'sentinel-binary', 1, '', plainAllow);
  });
  assert.equal(reader.push(bytes), undefined);
  assert.deepEqual(answered, [
    { type: 'handshake-response', response },
    { type: 'reply', callId: 1, correlationId: undefined, reply: plainAllow },
  ]);
});

const controls: readonly ControlMessage[] = [
  ...(
    [
      { status: 'healthy' },
      { status: 'degraded', disabledFeatures: ['x'], timeoutMultiplier: 2 },
      { status: 'draining', etaMs: 5 },
      { status: 'draining', etaMs: undefined },
      { status: 'unhealthy', reason: 'r', recoverable: false },
    ] as const
  ).map(
    (state): ControlMessage => ({
      type: 'health',
      health: {
        agentId: 'a',
        state,
        message: 'm',
        load: { in_flight: 3, p99_latency_ms: 1.5 },
        resources: {},
        validUntilMs: 9,
        timestampMs: 8,
      },
    }),
  ),
  {
    type: 'metrics',
    report: {
      agentId: 'a',
      timestampMs: 1,
      intervalMs: 2,
      counters: [{ name: 'n', value: 1 }],
      gauges: [],
      histograms: [],
    },
  },
  ...(['pause', 'resume', { bufferAvailable: 7 }] as const).map(
    (action): ControlMessage => ({ type: 'flow-control', control: { correlationId: 'c', action, timestampMs: 1 } }),
  ),
  ...(
    [
      { type: 'request_reload' },
      { type: 'rule_update', ruleSet: 's', rules: [{ a: 1 }], removeRules: ['x'] },
      { type: 'list_update', listId: 'l', add: ['a'], remove: ['b'] },
      { type: 'restart_required', reason: 'r', gracePeriodMs: 5 },
      { type: 'config_error', error: 'e', field: 'f' },
    ] as const
  ).map((update): ControlMessage => ({ type: 'config-update', update })),
];

test('what an agent says without being asked comes back as it went out, in every encoding', () => {
  for (const encoding of encodings) {
    const read: AgentMessage[] = [];
    const reader = new ProxyReader((message) => read.push(message));
    reader.encoding = encoding;
    const bytes = bytesOf((batch) => {
      for (const message of controls) sendControl(batch, encoding, message);
    });
    assert.equal(reader.push(bytes), undefined);
    assert.deepEqual(read, controls);
  }
});

test('a frame larger than allowed is not written, and not read', () => {
  const data = Buffer.alloc(17 * 1024 * 1024);
  const event = {
    type: 'request_body_chunk',
    correlationId: 'c',
    data,
    isLast: true,
    totalSize: undefined,
    chunkIndex: 0,
    bytesReceived: 1,
  } as const;
  const bytes = bytesOf((batch) => {
    assert.equal(sendEvent(batch, 'sentinel-binary', 1, event), false);
    assert.equal(sendEvent(batch, 'sentinel-binary', 2, { ...event, data: Buffer.from('a') }), true);
  });
  const read: ProxyMessage[] = [];
  const reader = new AgentReader((message) => read.push(message));
  reader.encoding = 'sentinel-binary';
  assert.equal(reader.push(bytes), undefined);
  assert.deepEqual(
    read.map((message) => message.type === 'event' && message.callId),
    [2],
  );
  assert.match(new AgentReader(() => undefined).push(Buffer.from('0100000110', 'hex')) ?? '', /over the 16777216/);
});

for (const [name, hex, expected] of [
  ['a frame of nothing', '00000000', /length 0/],
  ['an event from an agent', '0000000110', /type 0x10, which is not the other side's/],
  ['an unknown type', '00000001ff', /type 0xff/],
  ['a reply that is no JSON', '000000022078', /^a reply: /],
] as const) {
  test(`the proxy's side refuses ${name}, and reads nothing behind it`, () => {
    const read: AgentMessage[] = [];
    const reader = new ProxyReader((message) => read.push(message));
    const good = bytesOf((batch) => sendPing(batch, Buffer.from('x')));
    const problem = reader.push(Buffer.concat([good, Buffer.from(hex, 'hex'), good]));
    assert.match(problem ?? '', expected);
    assert.equal(reader.push(good), problem);
    assert.equal(read.length, 1);
  });
}

test('frames of one turn leave in one write, and the buffer is used again', async () => {
  const writes: { bytes: Buffer; frames: number }[] = [];
  const batch = new FrameBatch((frames) => {
    writes.push({ bytes: frames, frames: frames.length / 6 });
    return true;
  });
  for (let turn = 0; turn < 2; turn += 1) {
    for (let frame = 0; frame < 10; frame += 1) sendPing(batch, Buffer.from('x'));
    await new Promise((done) => setImmediate(done));
  }
  assert.deepEqual(
    writes.map(({ frames }) => frames),
    [10, 10],
  );
  assert.equal(writes[0]?.bytes.buffer, writes[1]?.bytes.buffer);
});
