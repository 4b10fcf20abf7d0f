// Frames of a turn in one write; a buffer that the socket keeps is not written to again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameBatch } from '#protocol/frame-batch';

function put(batch: FrameBatch, body: string, most = 100): boolean {
  const start = batch.begin();
  batch.room(body.length);
  batch.at += batch.bytes.write(body, batch.at);
  return batch.end(start, most);
}

test('what was written stays as it was where the socket keeps it', async () => {
  const kept: Buffer[] = [];
  const batch = new FrameBatch((frames) => {
    kept.push(frames);
    return false;
  });
  for (const body of ['one', 'two']) {
    put(batch, body);
    await new Promise((done) => setImmediate(done));
  }
  assert.deepEqual(
    kept.map((frames) => frames.toString('latin1')),
    ['\0\0\0\x03one', '\0\0\0\x03two'],
  );
});

test('a frame over the bound is taken back, those before it leave; undo takes one back, too', () => {
  const sent: string[] = [];
  const batch = new FrameBatch((frames) => {
    sent.push(frames.toString('latin1'));
    return true;
  });
  assert.equal(put(batch, 'a'), true);
  assert.equal(put(batch, 'x'.repeat(5000)), false);
  batch.undo(batch.begin());
  batch.flush();
  batch.flush();
  assert.deepEqual(sent, ['\0\0\0\x01a']);
});
