// A held body: however it comes, what is shown is its beginning, what follows is kept behind it, and memory is counted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeldBody, InspectionMemory } from '../../../proxy/agents/held-body.ts';
import { HeadWriter } from '../../../proxy/http1/write-head.ts';

const written = (body: HeldBody): string => {
  const writer = new HeadWriter();
  body.writePieces(writer, false);
  return writer.bytes.toString('latin1', 0, writer.length);
};

test('split anywhere, the same bytes are shown and sent on', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.integer({ min: 1, max: 200 }), (pieces, bytesMax) => {
      const memory = new InspectionMemory(1 << 20);
      const body = new HeldBody(memory, bytesMax);
      for (const piece of pieces) body.add(Buffer.from(piece), 0, piece.length);
      const whole = Buffer.concat(pieces);
      assert.equal(body.shown.toString('latin1'), whole.subarray(0, bytesMax).toString('latin1'));
      assert.equal(body.overflow, whole.length > bytesMax ? 'too-large' : undefined);
      assert.equal(body.beyondBytes, Math.max(0, whole.length - bytesMax));
      assert.equal(written(body), whole.toString('latin1'));
      body.drop();
      body.drop();
      assert.equal(memory.bytesHeld, 0);
    }),
  );
});

test('without room in memory what fits is shown', () => {
  const memory = new InspectionMemory(10_000);
  const [one, two] = [new HeldBody(memory, 1 << 20), new HeldBody(memory, 1 << 20)];
  one.add(Buffer.alloc(8000, 'a'), 0, 8000);
  two.add(Buffer.alloc(8000, 'b'), 0, 8000);
  assert.deepEqual([two.overflow, two.shown.length, two.beyondBytes], ['no-memory', 0, 8000]);
  one.drop();
  two.drop();
  assert.equal(memory.bytesHeld, 0);
});

test('what an agent wants instead takes its place', () => {
  const memory = new InspectionMemory(1 << 20);
  const body = new HeldBody(memory, 3);
  body.add(Buffer.from('abcdef'), 0, 6);
  body.replace(Buffer.from('XY'));
  assert.equal(written(body), 'XYdef');
  body.drop();
  assert.equal(memory.bytesHeld, 0);
});
