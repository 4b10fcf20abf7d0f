// Events that end too early are none; texts at the edges of what their length can say.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBinaryEvent, readText, writeBinaryEvent, writeText } from '#protocol/binary-event';
import { FrameBatch } from '#protocol/frame-batch';
import { HeaderBlock } from '#protocol/headers';
import { requestHeaders } from '../../../agents/testing.ts';

test('a header block goes out as the bytes that came in', () => {
  const bytes = Buffer.from('X-Odd:  spaces \r\nx-odd:2\r\n');
  const batch = new FrameBatch(() => true);
  writeBinaryEvent(batch, { ...requestHeaders(), headers: new HeaderBlock(bytes) });
  assert.equal(batch.bytes.toString('latin1', batch.at - bytes.length, batch.at), bytes.toString('latin1'));
});

test('cut anywhere before its headers, an event is none', () => {
  const batch = new FrameBatch(() => true);
  writeBinaryEvent(batch, { ...requestHeaders(), headers: new Map() });
  for (let end = 0; end < batch.at; end += 1)
    assert.equal(readBinaryEvent('request_headers', Buffer.from(batch.bytes.subarray(0, end)), 0, end), undefined);
  assert.notEqual(readBinaryEvent('request_headers', batch.bytes, 0, batch.at), undefined);
});

test('a text longer than its length can say is cut between characters', () => {
  const batch = new FrameBatch(() => true);
  writeText(batch, 'é'.repeat(40_000));
  assert.equal(readText(batch.bytes, 0), 'é'.repeat(32_767));
});
