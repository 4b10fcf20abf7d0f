// Buffers for large files: the same ones again, few large ones, and none that is still being read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileLimits } from '#config/limits';
import { FileBuffers } from '../../../proxy/reply/file-buffers.ts';

test('a free buffer comes again, one that is still read does not', () => {
  const buffers = new FileBuffers();
  const one = buffers.take(false);
  buffers.giveBack(one, true);
  assert.equal(buffers.take(false), one);
  buffers.giveBack(one, false);
  assert.notEqual(buffers.take(false), one);
});

test('there are so many large ones at once, and then small ones', () => {
  const buffers = new FileBuffers();
  const lent = Array.from({ length: fileLimits.largeBuffersMax }, () => buffers.take(true));
  assert(lent.every(({ length }) => length === fileLimits.largeReadBytes));
  assert.equal(buffers.take(true).length, fileLimits.smallReadBytes);
  buffers.giveBack(lent[0] as Buffer, false);
  assert.equal(buffers.take(true).length, fileLimits.largeReadBytes);
  assert.equal(buffers.take(true).length, fileLimits.smallReadBytes);
});
