// Frames survive being split anywhere; the bound and every kind of damage are noticed, and nothing behind is read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wireLimits } from '#config/limits';
import { encodeFrame, FrameReader } from '#protocol/frame-v1';

/** Splits at the given places (modulo the length), as a socket might. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return places.slice(1).map((place, index) => Buffer.from(bytes.subarray(places[index], place)));
}

function readAll(chunks: readonly Buffer[]) {
  const reader = new FrameReader();
  const messages: unknown[] = [];
  let problem: string | undefined;
  for (const chunk of chunks) {
    const reading = reader.push(chunk);
    messages.push(...reading.messages);
    problem = reading.problem;
    chunk.fill(0xee); // the reader must not rely on bytes that are not its own
  }
  return { messages, problem };
}

function frameOf(body: Buffer, length = body.length): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(length);
  return Buffer.concat([head, body]);
}

test('messages come out as they went in, however the stream is split', () => {
  const messages = fc.array(fc.jsonValue(), { maxLength: 6 });
  fc.assert(
    fc.property(messages, fc.array(fc.nat(), { maxLength: 12 }), (sent, cuts) => {
      const plain: unknown[] = JSON.parse(JSON.stringify(sent)); // -0 is 0 in JSON
      const bytes = Buffer.concat(sent.map((message) => encodeFrame(message) ?? Buffer.alloc(0)));
      assert.deepEqual(readAll(pieces(bytes, cuts)), { messages: plain, problem: undefined });
    }),
  );
});

test('any bytes are read alike in one piece and in many', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(), { maxLength: 12 }), (junk, cuts) => {
      const good = encodeFrame({ a: [1, 'é'] });
      assert(good !== undefined);
      const bytes = Buffer.concat([good, Buffer.from(junk), good]);
      assert.deepEqual(readAll(pieces(bytes, cuts)), readAll([Buffer.from(bytes)]));
    }),
  );
});

test('a frame byte by byte', () => {
  const frame = encodeFrame({ text: 'x'.repeat(5000) });
  assert(frame !== undefined);
  const chunks = [...frame].map((byte) => Buffer.from([byte]));
  assert.deepEqual(readAll(chunks).messages, [{ text: 'x'.repeat(5000) }]);
});

test('the largest frame passes, one byte more is refused before its body arrives', () => {
  const largest = Buffer.from(JSON.stringify('x'.repeat(wireLimits.frameBytesMax - 2)));
  assert.equal(largest.length, wireLimits.frameBytesMax);
  assert.equal(readAll([frameOf(largest)]).messages.length, 1);
  assert.match(
    readAll([frameOf(Buffer.alloc(0), wireLimits.frameBytesMax + 1)]).problem ?? '',
    /over the 10485760 allowed/,
  );
});

test('what does not fit a frame is not encoded', () => {
  assert.equal(encodeFrame('x'.repeat(wireLimits.frameBytesMax - 2))?.length, wireLimits.frameBytesMax + 4);
  assert.equal(encodeFrame('x'.repeat(wireLimits.frameBytesMax - 1)), undefined);
  assert.equal(encodeFrame('é'.repeat(wireLimits.frameBytesMax / 2)), undefined); // counted in bytes
});

const damaged = [
  ['length 0', Buffer.alloc(4), /length 0/],
  ['no JSON', frameOf(Buffer.from('{"a":')), /not JSON/],
  ['nothing but spaces', frameOf(Buffer.from('   ')), /not JSON/],
  ['two values', frameOf(Buffer.from('1 2')), /not JSON/],
  ['a byte order mark', frameOf(Buffer.from('\ufeff1')), /not JSON/],
  ['not UTF-8', frameOf(Buffer.from([0x22, 0xff, 0x22])), /not JSON in UTF-8/],
  ['a request of HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /a frame of 1195725856 bytes/],
] as const;

for (const [name, bytes, expected] of damaged) {
  test(`damage is noticed: ${name}; what came before counts, what comes after does not`, () => {
    const good = encodeFrame('good');
    assert(good !== undefined);
    const reader = new FrameReader();
    const reading = reader.push(Buffer.concat([good, bytes, good]));
    assert.deepEqual(reading.messages, ['good']);
    assert.match(reading.problem ?? '', expected);
    assert.deepEqual(reader.push(good), { messages: [], problem: reading.problem });
  });
}
