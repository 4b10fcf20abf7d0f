// The stream of clean traffic: the same for everybody, readable, and with every kind in it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequest } from '../../../crs-tests/front.ts';
import { cleanTraffic, corpusSize } from '../../../crs-tests/traffic/corpus.ts';

const some = [...cleanTraffic(1500, 1)];

test('twenty thousand unless one asks for fewer, the same with the same seed', () => {
  assert.equal(corpusSize, 20_000);
  assert.equal(some.length, 1500);
  assert.deepEqual([...cleanTraffic(50, 1)], some.slice(0, 50));
  assert.notDeepEqual([...cleanTraffic(50, 2)], some.slice(0, 50));
});

test('a strict server reads every one of them', () => {
  for (const { kind, bytes } of some)
    assert.equal(readRequest(bytes).kind, 'request', `${kind}\n${bytes.slice(0, 300)}`);
});

test('every room of kinds is there', () => {
  const rooms = new Set(some.map(({ kind }) => kind.split(':')[0]));
  for (const room of ['page', 'form', 'json', 'report', 'upload', 'wordpress', 'xml', 'editor', 'oauth'])
    assert(rooms.has(room), room);
});
