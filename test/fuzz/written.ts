// The bytes of frames, as they would leave.

import { FrameBatch } from '#protocol/frame-batch';

export function written(write: (batch: FrameBatch) => unknown): Buffer {
  let bytes: Buffer = Buffer.alloc(0);
  const batch = new FrameBatch((frames) => {
    bytes = Buffer.from(frames);
    return true;
  });
  write(batch);
  batch.flush();
  return bytes;
}
