// Frames are followed by counting: however their bytes are split, the boundaries are where a reader of whole frames finds
// them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { closeFrame, FrameFollower, goingAway } from '../../../proxy/reply/websocket-frames.ts';
import { closeWith, frame, framesIn, opcodes } from '../../support/websocket.ts';

const anyFrame = fc
  .record({
    opcode: fc.constantFrom(opcodes.text, opcodes.binary, opcodes.continuation, opcodes.ping, opcodes.pong),
    length: fc.oneof(fc.nat(20), fc.constantFrom(0, 125, 126, 127, 65_535, 65_536, 70_000)),
    isFinal: fc.boolean(),
    isCompressed: fc.boolean(),
    mask: fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }), { nil: undefined }),
  })
  .map(({ opcode, length, isFinal, isCompressed, mask }) =>
    frame(opcode, Buffer.alloc(length, 0x88), {
      isFinal,
      isCompressed,
      ...(mask === undefined ? {} : { mask: Buffer.from(mask) }),
    }),
  );

test('every boundary is found, wherever the bytes are split', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 5000 })), (frames, pieces) => {
      const bytes = Buffer.concat(frames);
      const wanted: number[] = [];
      for (const one of frames) wanted.push((wanted.at(-1) ?? 0) + one.length);
      const found: number[] = [];
      const follower = new FrameFollower();
      let at = 0;
      for (const length of [...pieces, bytes.length]) {
        const end = Math.min(at + length, bytes.length);
        while (at < end) {
          at = follower.next(bytes, at, end);
          if (follower.isAtBoundary) found.push(at);
        }
      }
      assert.deepEqual(found, wanted);
      assert.equal(follower.hasClosed, false);
    }),
    { numRuns: 300 },
  );
});

test('a Close is known when it is whole, with a reason or without, masked or not', () => {
  for (const close of [closeWith(1000), frame(opcodes.close, ''), closeWith(1001, Buffer.from('mask'))]) {
    const follower = new FrameFollower();
    const bytes = Buffer.concat([frame(opcodes.text, 'a'), close]);
    follower.follow(bytes, 0, bytes.length - 1);
    assert.deepEqual([follower.hasClosed, follower.isAtBoundary], [false, false]);
    follower.follow(bytes, bytes.length - 1, bytes.length);
    assert.deepEqual([follower.hasClosed, follower.isAtBoundary], [true, true]);
  }
});

test('a frame longer than any memory is only counted', () => {
  const follower = new FrameFollower();
  const head = Buffer.from([0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
  follower.follow(head, 0, head.length);
  follower.follow(Buffer.alloc(100_000), 0, 100_000);
  assert.equal(follower.isAtBoundary, false);
});

test('our Close reads as one, from either side', () => {
  for (const mask of [undefined, Buffer.from([1, 2, 3, 4])]) {
    const bytes = closeFrame(goingAway, mask);
    const { frames, length } = framesIn(bytes);
    assert.equal(length, bytes.length);
    assert.deepEqual(
      frames.map(({ opcode, isFinal, payload }) => [opcode, isFinal, payload.readUInt16BE()]),
      [[opcodes.close, true, 1001]],
    );
    assert.equal(bytes[1] === 2, mask === undefined, 'masked where a mask is given');
  }
});
