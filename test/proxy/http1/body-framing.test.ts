// Framing taken off: pieces that add up to the payload however the bytes are cut, and where a body ends.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BodyFraming } from '../../../proxy/http1/body-framing.ts';

function read(framing: BodyFraming, bytes: Buffer, cuts: readonly number[]): [payload: string, end: number] {
  let [payload, at] = ['', 0];
  for (const end of [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]) {
    while (at < end && !framing.isDone && framing.fault === undefined) {
      at = framing.next(bytes, at, end);
      payload += bytes.toString('latin1', framing.pieceStart, framing.pieceEnd);
    }
  }
  return [payload, at];
}

test('any payload in any chunks, cut anywhere, comes out whole, and what follows is left', () => {
  const chunk = fc.string({ minLength: 1, maxLength: 300 }).map((text) => Buffer.from(text));
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 6 }),
      fc.array(fc.nat(2000), { maxLength: 30 }),
      fc.constantFrom('', ';a=b', ';q="x;\\"y"'),
      (chunks, cuts, extension) => {
        const framed = Buffer.concat([
          ...chunks.flatMap((one) => [
            Buffer.from(`${one.length.toString(16).toUpperCase()}${extension}\r\n`),
            one,
            Buffer.from('\r\n'),
          ]),
          Buffer.from('00\r\nT: 1\r\nU:2\r\n\r\nNEXT'),
        ]);
        const framing = new BodyFraming();
        framing.beginChunked();
        const [payload, end] = read(framing, framed, cuts);
        assert.equal(payload, Buffer.concat(chunks).toString('latin1'));
        assert.deepEqual(
          [framing.isDone, framing.fault, framing.trailers, framing.bytesRead],
          [true, undefined, 'T: 1\r\nU: 2\r\n', payload.length],
        );
        assert.equal(framed.toString('latin1', end), 'NEXT');
      },
    ),
    { numRuns: 300 },
  );
});

test('a length ends where it says, nothing ends at once, and until close never ends by itself', () => {
  const framing = new BodyFraming();
  framing.beginLength(3);
  assert.deepEqual(read(framing, Buffer.from('abcdef'), [1]), ['abc', 3]);
  framing.beginLength(0);
  assert.equal(framing.isDone, true);
  framing.beginNone();
  assert.deepEqual(read(framing, Buffer.from('x'), []), ['', 0]);
  framing.beginUntilClose();
  assert.deepEqual(read(framing, Buffer.from('abc'), [2]), ['abc', 3]);
  assert.deepEqual([framing.isDone, framing.endsWithConnection], [false, true]);
});
