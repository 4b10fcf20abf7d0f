// Replies in sentinel-binary that an agent must not send, each with its reason.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBinaryReply, writeBinaryReply } from '#protocol/binary-reply';
import { FrameBatch } from '#protocol/frame-batch';
import { type AgentReply, plainAllow } from '#protocol/message';

function bytesOf(reply: AgentReply): Buffer {
  const batch = new FrameBatch(() => true);
  writeBinaryReply(batch, reply);
  return Buffer.from(batch.bytes.subarray(0, batch.at));
}

function problemOf(bytes: Buffer): string {
  const reading = readBinaryReply(bytes, 0, bytes.length);
  return reading.ok ? 'none' : reading.problem;
}

const changed = (name: string, value: string) =>
  bytesOf({ ...plainAllow, requestHeaders: [{ op: 'set', name, value }] });

for (const [name, bytes, expected] of [
  ['nothing', Buffer.alloc(0), /without its two first bytes/],
  ['an unknown kind', Buffer.from([9, 0]), /unknown kind 9/],
  ['bytes behind an allow', Buffer.from([0, 0, 1]), /bytes behind/],
  ['changes that end early', changed('X-A', 'b').subarray(0, 6), /ends too early/],
  ['a header that splits', changed('X-A', 'a\r\nB: c'), /request headers: a header value/],
  ['a header that frames', changed('Content-Length', '5'), /frames the message/],
  ['an unknown change', Buffer.from([0, 1, 1, 7, 0, 0, 0, 0]), /unknown header change/],
  ['too many changes', Buffer.from([0, 1, 101]), /too many/],
  ['a decision without a rest', Buffer.from([1, 0]), /two decisions/],
  ['a rest that is no JSON', Buffer.from([1, 32, 0x7b]), /^message/],
  ['a body that ends early', Buffer.from([0, 4, 0, 0, 0, 0, 0, 0, 0, 9]), /ends too early/],
  ['a failure without a reason', Buffer.from([2, 0]), /without its reason/],
] as const) {
  test(`refused: ${name}`, () => assert.match(problemOf(bytes), expected));
}

test('cut anywhere, a reply with everything is refused', () => {
  const body = { data: Buffer.from('body'), chunkIndex: 1 };
  const bytes = bytesOf({
    ...plainAllow,
    decision: { type: 'redirect', url: '/a', status: 302 },
    requestHeaders: [{ op: 'add', name: 'A', value: 'b' }],
    requestBody: body,
    responseBody: { data: undefined, chunkIndex: 0 },
  });
  assert.equal(problemOf(bytes), 'none');
  for (let end = 0; end < bytes.length; end += 1) assert.notEqual(problemOf(bytes.subarray(0, end)), 'none');
});
