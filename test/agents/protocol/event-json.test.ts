// The payloads of version 1: every event in its envelope and back, and what is refused with its place.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readEvent, readPayload, writeEvent } from '#protocol/event-json';
import { events, plain } from './arbitraries.ts';

test('every event comes back as it went out, through the envelope of version 1', () => {
  fc.assert(
    fc.property(events, (event) => {
      const back = readEvent(JSON.parse(JSON.stringify(writeEvent(event))));
      assert(back.ok, back.ok ? '' : back.problem);
      assert.deepEqual(plain(back.value), plain(event));
    }),
  );
});

test('a WebSocket frame has in version 1 the name that agents in the field know', () => {
  const frame = {
    correlationId: 'c',
    opcode: 'text',
    data: Buffer.from('x'),
    clientToServer: true,
    frameIndex: 0,
  } as const;
  const event = { type: 'websocket_frame', ...frame, fin: true, routeId: undefined, clientIp: '::1' } as const;
  assert.equal((writeEvent(event) as { event_type: string }).event_type, 'web_socket_frame');
});

test('a body that is not base64, and a correlation id without end, are refused with their place', () => {
  const chunk = { correlation_id: 'c', data: '*', is_last: true, chunk_index: 0, bytes_received: 1 };
  const bad = readPayload('request_body_chunk', chunk);
  assert.deepEqual(bad, { ok: false, problem: 'data: neither base64 nor bytes' });
  const long = readPayload('request_body_chunk', { ...chunk, data: '', correlation_id: 'x'.repeat(257) });
  assert(!long.ok && long.problem.startsWith('correlation_id: '));
});
