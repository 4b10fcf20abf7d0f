// Names for exchanges: long, random, never twice, also across the batches they are drawn in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSaneId, nextSpanId, RequestId } from '../../../proxy/request/request-id.ts';

test('a thousand ids are a thousand different ones', () => {
  const ids = Array.from({ length: 1000 }, () => RequestId.next().text);
  assert.equal(new Set(ids).size, 1000);
  assert(ids.every((id) => /^[0-9a-f]{32}$/.test(id)));
});

test('steps of a trace are named from the same draws, and none is drawn twice', () => {
  const drawn = Array.from({ length: 1000 }, (_, index) => (index % 3 === 0 ? RequestId.next().text : nextSpanId()));
  assert.equal(new Set(drawn).size, 1000);
  assert(drawn.every((id, index) => id.length === (index % 3 === 0 ? 32 : 16)));
});

test('an id from outside is a plain word of a usual length', () => {
  for (const id of ['12345678', '7f1c4e2a-9b30-4d5f-8a61-0c2d3e4f5a6b', 'edge_1.req-0001', 'a'.repeat(128)])
    assert(isSaneId(id), id);
  for (const id of [
    '',
    '1234567',
    'a'.repeat(129),
    'with blank',
    '"quoted__"',
    'a,b_____',
    'line\r\n__',
    '<script>',
    'ünicode__',
  ])
    assert(!isSaneId(id), id);
});
