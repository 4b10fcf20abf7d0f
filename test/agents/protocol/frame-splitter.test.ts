// A stream cut anywhere gives the same frames; memory follows what arrives and not what is promised.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameSplitter } from '#protocol/frame-splitter';

function frame(body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeUInt32BE(body.length);
  bytes.set(body, 4);
  return bytes;
}

test('the frames are the same however the stream is split', () => {
  const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 8 });
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sent, sizes) => {
      const read: string[] = [];
      const splitter = new FrameSplitter(100, (bytes, at, end) => {
        read.push(bytes.toString('hex', at, end));
        return undefined;
      });
      const stream = Buffer.concat(sent.map(frame));
      for (let at = 0, turn = 0; at < stream.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        assert.equal(splitter.push(Buffer.from(stream.subarray(at, at + size))), undefined);
        at += size;
      }
      assert.deepEqual(
        read,
        sent.map((body) => Buffer.from(body).toString('hex')),
      );
    }),
  );
});

test('a length over the bound ends it, whole or cut; so does what the taker says', () => {
  for (const cuts of [[4], [1, 3], [2, 2]]) {
    const splitter = new FrameSplitter(100, () => undefined);
    const bytes = Buffer.from('00000065', 'hex');
    let at = 0;
    let problem: string | undefined;
    for (const cut of cuts) {
      problem = splitter.push(bytes.subarray(at, at + cut));
      at += cut;
    }
    assert.match(problem ?? '', /101 bytes, over the 100/);
  }
  const refusing = new FrameSplitter(100, () => 'no');
  assert.equal(refusing.push(frame(Buffer.from('a'))), 'no');
  assert.equal(refusing.push(frame(Buffer.from('b'))), 'no');
});

test('stopped from within, it hands on nothing more', () => {
  let taken = 0;
  const splitter: FrameSplitter = new FrameSplitter(100, () => {
    taken += 1;
    splitter.stop('over');
    return undefined;
  });
  const two = Buffer.concat([frame(Buffer.from('a')), frame(Buffer.from('b'))]);
  splitter.push(two);
  assert.equal(taken, 1);
});
