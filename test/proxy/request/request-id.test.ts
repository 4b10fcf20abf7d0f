// Names for exchanges: long, random, never twice, also across the batches they are drawn in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextRequestId } from '../../../proxy/request/request-id.ts';

test('a thousand ids are a thousand different ones', () => {
  const ids = Array.from({ length: 1000 }, nextRequestId);
  assert.equal(new Set(ids).size, 1000);
  assert(ids.every((id) => /^[0-9a-f]{32}$/.test(id)));
});
