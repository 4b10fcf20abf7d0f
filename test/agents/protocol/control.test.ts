// What agents in the field say beside the calls, as they say it: recorded forms, and what is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cancelReasonOf, readCancel, readControl, readHandshakeResponse } from '#protocol/control';

const features = `{"streaming_body":false,"websocket":false,"guardrails":false,"config_push":false,"metrics_export":false,
  "concurrent_requests":100,"cancellation":true,"flow_control":false,"health_reporting":true}`;

test('a handshake response as an SDK of the family writes it', () => {
  const response = readHandshakeResponse(
    JSON.parse(`{"protocol_version":2,"capabilities":{"agent_id":"waf-1","name":"waf","version":"0.3.1","supported_events":[1,2,0,99],
      "features":${features},"limits":{"max_body_size":10485760,"max_concurrency":100,"preferred_chunk_size":65536}},
      "success":true,"error":null,"encoding":"json"}`),
  );
  assert(response.ok);
  assert.deepEqual(response.value.capabilities.supportedEvents, ['request_headers', 'request_body_chunk', 'configure']);
  assert.equal(response.value.capabilities.features.concurrentRequests, 100);
  assert.equal(response.value.capabilities.limits.preferredChunkSize, 65_536);
});

test('the least response, and one that says no', () => {
  const least = readHandshakeResponse({ protocol_version: 2, capabilities: { supported_events: [1] } });
  assert(least.ok && least.value.success && least.value.encoding === 'json');
  const no = readHandshakeResponse({ protocol_version: 2, capabilities: { supported_events: [] }, error: 'version' });
  assert(no.ok && !no.value.success);
});

test('health with loads of numbers, of which the numbers are kept', () => {
  const load = { in_flight: 1, p99_latency_ms: 2.5, odd: 'x', nothing: null };
  const health = readControl('health', { agent_id: 'a', state: { status: 'draining', eta_ms: null }, load });
  assert(health.ok && health.value.type === 'health');
  assert.deepEqual(health.value.health.load, { in_flight: 1, p99_latency_ms: 2.5 });
});

test('a configuration update as a word, as a table, and under update_type', () => {
  for (const update of ['request_reload', { request_reload: {} }, { update_type: 'request_reload' }])
    assert.deepEqual(readControl('config-update', update), {
      ok: true,
      value: { type: 'config-update', update: { type: 'request_reload' } },
    });
});

test('a cancel with a number that is none of ours is a cancel', () => {
  assert.deepEqual(readCancel({ correlation_id: 'c', reason: 99, timestamp_ms: 1 }), {
    ok: true,
    value: { correlationId: 'c', reason: 'manual' },
  });
  assert.equal(cancelReasonOf(5), 'proxy_shutdown');
});

for (const [type, message, place] of [
  ['health', { state: { status: 'fine' } }, /^state\.status/],
  ['flow-control', { action: 'stop' }, /^action/],
  ['config-update', { dance: {} }, /^message: none of/],
  ['metrics', 5, /^message/],
] as const) {
  test(`${type} is refused: ${JSON.stringify(message)}`, () => {
    const reading = readControl(type, message);
    assert(!reading.ok);
    assert.match(reading.problem, place);
  });
}
