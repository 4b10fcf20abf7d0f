// The head of a frame, beside a reader that is naive and whole in memory: the same frames, the same payloads.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptyFragment, FrameOrder, readFrameHead, unmasked } from '../../../proxy/reply/websocket-frame-head.ts';
import { frame, framesIn, opcodes } from '../../support/websocket.ts';

const anyFrame = fc.record({
  opcode: fc.constantFrom(opcodes.text, opcodes.binary, opcodes.continuation),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(125, 126, 65_535, 65_536).map((length) => new Uint8Array(length).fill(0x5a)),
  ),
  isFinal: fc.boolean(),
  mask: fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }), { nil: undefined }),
});

test('whole frames are read as they were written; of less than a head nothing is said', () => {
  fc.assert(
    fc.property(anyFrame, fc.nat(20), ({ opcode, payload, isFinal, mask }, before) => {
      const parts = { isFinal, ...(mask === undefined ? {} : { mask: Buffer.from(mask) }) };
      const bytes = frame(opcode, Buffer.from(payload), parts);
      const held = Buffer.concat([Buffer.alloc(before, 0xff), bytes]);
      const head = readFrameHead(held, before, held.length);
      assert(typeof head === 'object');
      assert.equal(head.headBytes + head.payloadBytes, bytes.length);
      assert.deepEqual([head.isFinal, head.isControl], [isFinal, false]);
      assert.deepEqual(unmasked(bytes, head), Buffer.from(payload));
      for (let end = 0; end < head.headBytes; end += 1)
        assert.equal(readFrameHead(held, before, before + end), undefined);
    }),
  );
});

test('fragments follow each other, control frames may stand between', () => {
  const order = new FrameOrder();
  const next = (opcode: number, isFinal: boolean) => {
    const bytes = frame(opcode, '', { isFinal });
    const head = readFrameHead(bytes, 0, bytes.length);
    return typeof head === 'object' ? order.next(head) : head;
  };
  assert.equal(next(opcodes.continuation, true), 'a continuation of nothing');
  assert.equal(next(opcodes.text, false), undefined);
  assert.equal(next(opcodes.ping, true), undefined);
  assert.equal(next(opcodes.text, true), 'a message within another');
  assert.equal(next(opcodes.continuation, true), undefined);
  assert.equal(next(opcodes.binary, true), undefined);
});

test('an empty fragment is one of the same kind, masked where it must be', () => {
  for (const mask of [undefined, Buffer.from([1, 2, 3, 4])]) {
    const bytes = frame(opcodes.continuation, 'x', { isFinal: true });
    const head = readFrameHead(bytes, 0, bytes.length);
    assert(typeof head === 'object');
    const [one] = framesIn(emptyFragment(head, mask)).frames;
    assert.deepEqual([one?.opcode, one?.isFinal, one?.payload.length], [opcodes.continuation, true, 0]);
  }
});
