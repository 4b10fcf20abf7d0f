// A session over gRPC on the agent's side: what cannot be sent says so, and nothing is sent to a proxy that has gone.

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { wireLimits } from '#config/limits';
import { readAgentMessage } from '#protocol/grpc';
import { plainAllow } from '#protocol/message';
import { GrpcHostWire } from '../../agents/host-grpc-wire.ts';

function wired() {
  const stream = Object.assign(new PassThrough({ objectMode: true }), { cancelled: false });
  const errors: unknown[] = [];
  stream.on('error', (error) => errors.push(error));
  const wire = new GrpcHostWire(stream as unknown as ServerDuplexStream<Buffer, Buffer>);
  const sent = () => {
    const messages: string[] = [];
    for (let bytes = stream.read(); bytes !== null; bytes = stream.read()) {
      const reading = readAgentMessage(bytes);
      messages.push(reading.ok ? reading.value.type : reading.problem);
    }
    return messages;
  };
  return { wire, sent, errors };
}

test('a reply over the bound is not sent, and is said to be none', () => {
  const { wire, sent } = wired();
  const data = Buffer.alloc(wireLimits.frameBytesMax);
  assert.equal(wire.sendReply(0, 'c', { ...plainAllow, requestBody: { data, chunkIndex: 0 } }), false);
  assert.equal(wire.sendReply(0, 'c', plainAllow), true);
  wire.sendFailure(0, 'c', 'too large');
  assert.deepEqual(sent(), ['reply', 'declined']);
});

test('what is refused is told once; then nothing is sent any more', () => {
  const { wire, sent, errors } = wired();
  wire.destroy();
  wire.destroy();
  wire.sendPing(Buffer.alloc(0));
  assert.deepEqual([wire.isClosed, errors.length, sent()], [true, 1, []]);
});
