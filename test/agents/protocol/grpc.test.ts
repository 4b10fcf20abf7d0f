// Events, replies and what is beside them over gRPC: what one side says the other hears, whatever it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wireLimits } from '#config/limits';
import type { ControlMessage } from '#protocol/control';
import { type AgentReply, correlationIdOf, plainAllow } from '#protocol/message';
import {
  readAgentMessage,
  readGrpcEventV1,
  readGrpcReplyV1,
  readProxyMessage,
  writeAnswer,
  writeGrpcCancel,
  writeGrpcControl,
  writeGrpcEvent,
  writeGrpcEventV1,
  writeGrpcFailure,
  writeGrpcPing,
  writeGrpcReply,
  writeGrpcReplyV1,
  writeOffer,
} from '../../../agents/protocol/grpc.ts';
import { events, plain, plainReply, replies } from './arbitraries.ts';

test('every event and every reply comes through, in both versions', () => {
  fc.assert(
    fc.property(events, replies, (event, reply) => {
      const id = event.type === 'configure' ? 'configure-1' : correlationIdOf(event);
      const said = readProxyMessage(writeGrpcEvent(event, id) ?? Buffer.alloc(0));
      assert(said.ok && said.value.type === 'event', JSON.stringify(said));
      assert.deepEqual(plain(said.value.event), plain(event));
      assert.equal(said.value.correlationId, id);
      const first = readGrpcEventV1(writeGrpcEventV1(event) ?? Buffer.alloc(0));
      assert.deepEqual(first.ok && plain(first.value), plain(event));
      const heard = readAgentMessage(writeGrpcReply(reply, 'c1') ?? Buffer.alloc(0));
      assert(heard.ok && heard.value.type === 'reply', JSON.stringify(heard));
      assert.equal(heard.value.correlationId, 'c1');
      assert.deepEqual(plainReply(heard.value.reply), plainReply(asTold(reply)));
      const old = readGrpcReplyV1(writeGrpcReplyV1(reply) ?? Buffer.alloc(0));
      assert.deepEqual(old.ok && plainReply(old.value), plainReply(asTold(reply)));
    }),
  );
});

/** The table of routing metadata holds texts, so several tags are one with commas. */
function asTold(reply: AgentReply): AgentReply {
  const tags = reply.routing.tags.flatMap((tag) => tag.split(',')).filter((tag) => tag !== '');
  return { ...reply, routing: { ...reply.routing, tags } };
}

test('handshake, cancel, pings, failures and control messages come through', () => {
  const offer = {
    supportedVersions: [2],
    proxyId: 'p',
    proxyVersion: '1',
    config: { a: [1] },
    supportedEncodings: ['json'],
  };
  assert.deepEqual(readProxyMessage(writeOffer(offer)), {
    ok: true,
    value: { type: 'handshake-request', request: offer },
  });
  const features = {
    streamingBody: true,
    websocket: false,
    guardrails: false,
    configPush: true,
    metricsExport: false,
    concurrentRequests: 7,
    cancellation: true,
    flowControl: false,
    healthReporting: true,
  };
  const limits = { maxBodySize: 1, maxConcurrency: 0, preferredChunkSize: 65_536 };
  const about = { agentId: 'a', name: 'n', version: '', supportedEvents: ['request_headers', 'configure'] as const };
  const response = {
    protocolVersion: 2,
    capabilities: { ...about, supportedEvents: [...about.supportedEvents], features, limits },
    success: true,
    error: undefined,
    encoding: 'json',
  } as const;
  assert.deepEqual(readAgentMessage(writeAnswer(response)), {
    ok: true,
    value: { type: 'handshake-response', response },
  });
  assert.partialDeepStrictEqual(readProxyMessage(writeGrpcCancel('c', 'timeout')), {
    value: { type: 'cancel', correlationId: 'c', reason: 'timeout' },
  });
  for (const kind of ['ping', 'pong'] as const) {
    const expected = { ok: true, value: { type: kind, payload: Buffer.from('x') } };
    assert.deepEqual(readAgentMessage(writeGrpcPing('agent', kind, Buffer.from('x'))), expected);
    assert.deepEqual(readProxyMessage(writeGrpcPing('proxy', kind, Buffer.from('x'))), expected);
  }
  assert.deepEqual(readAgentMessage(writeGrpcFailure('c', 'why')), {
    ok: true,
    value: { type: 'declined', correlationId: 'c', why: 'why' },
  });
});

const health = { agentId: 'a', message: undefined, load: { in_flight: 1 }, resources: {}, validUntilMs: undefined };
const controls: readonly ControlMessage[] = [
  { type: 'health', health: { ...health, state: { status: 'healthy' }, timestampMs: 1 } },
  {
    type: 'health',
    health: {
      ...health,
      state: { status: 'degraded', disabledFeatures: ['x'], timeoutMultiplier: 2.5 },
      timestampMs: 1,
    },
  },
  { type: 'health', health: { ...health, state: { status: 'draining', etaMs: 5 }, timestampMs: 1 } },
  { type: 'flow-control', control: { correlationId: undefined, action: 'pause', timestampMs: 0 } },
  { type: 'flow-control', control: { correlationId: 'c', action: { bufferAvailable: 0 }, timestampMs: 0 } },
  { type: 'config-update', update: { type: 'request_reload' } },
  { type: 'config-update', update: { type: 'rule_update', ruleSet: 's', rules: [{ id: 1 }], removeRules: ['r'] } },
  { type: 'config-update', update: { type: 'list_update', listId: 'l', add: ['a'], remove: [] } },
  { type: 'config-update', update: { type: 'restart_required', reason: 'r', gracePeriodMs: 0 } },
  {
    type: 'metrics',
    report: { agentId: 'a', timestampMs: 1, intervalMs: 2, counters: [{ name: 'n' }], gauges: [], histograms: [] },
  },
];

for (const [index, control] of controls.entries())
  test(`what an agent says of itself comes through: ${control.type} ${index}`, () => {
    assert.deepEqual(readAgentMessage(writeGrpcControl(control)), { ok: true, value: control });
  });

test('nonsense is refused with what is wrong, and too large a message is never made', () => {
  assert.deepEqual(readAgentMessage(Buffer.from('nonsense')), { ok: false, problem: 'not a message of agent.proto' });
  assert.deepEqual(readProxyMessage(Buffer.alloc(0)), { ok: false, problem: 'not a message of agent.proto' });
  assert.equal(readGrpcReplyV1(Buffer.from([0xff])).ok, false);
  const data = Buffer.alloc(wireLimits.frameBytesMax);
  const chunk = { data, isLast: true, totalSize: undefined, chunkIndex: 0, correlationId: 'c' };
  assert.equal(writeGrpcEvent({ type: 'request_body_chunk', ...chunk, bytesReceived: 1 }, 'c'), undefined);
  assert.equal(writeGrpcReply({ ...plainAllow, requestBody: { data, chunkIndex: 0 } }, 'c'), undefined);
});
