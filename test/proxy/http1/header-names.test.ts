// Names that the proxy acts on, in any case and by any separator, and none that only looks like one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  claims,
  hasUnderscore,
  headerIdOf,
  headerIds,
  isForbiddenTrailer,
  isHopByHop,
  isLeftOut,
  isLeftOutOfTrusted,
} from '../../../proxy/http1/header-names.ts';

const idOf = (name: string): number => headerIdOf(Buffer.from(name), 0, name.length);

test('each name is found however it is written', () => {
  for (const [name, id] of Object.entries(headerIds)) {
    if (name === 'other') continue;
    assert.deepEqual([idOf(name), idOf(name.toUpperCase()), idOf(name.replaceAll('-', '_'))], [id, id, id], name);
    assert.equal(idOf(`${name}x`), 0);
  }
  for (const other of ['', 'hos', 'hosu', 'x-forwarded-fox', 'content.length']) assert.equal(idOf(other), 0, other);
  assert.equal(new Set(Object.values(headerIds)).size, Object.keys(headerIds).length);
});

test('what frames never passes, and no other name is left out', () => {
  for (const table of [isHopByHop, isLeftOut, isLeftOutOfTrusted, isForbiddenTrailer])
    assert.equal(table[headerIds.other], 0);
  assert.deepEqual(
    [isHopByHop[headerIds['transfer-encoding']], isLeftOut[headerIds['content-length']], isLeftOut[headerIds.host]],
    [1, 1, 1],
  );
  assert.deepEqual([hasUnderscore(Buffer.from('a_b'), 0, 3), hasUnderscore(Buffer.from('a_b'), 2, 3)], [true, false]);
});

test('what a trusted proxy may bring and nobody else', () => {
  const differ = Object.entries(headerIds).filter(([, id]) => isLeftOut[id] !== isLeftOutOfTrusted[id]);
  assert.deepEqual(differ.map(([name]) => name).toSorted(), claims.toSorted());
  assert(claims.every((name) => isLeftOut[headerIds[name]] === 1 && isForbiddenTrailer[headerIds[name]] === 1));
  assert.deepEqual([isLeftOut[headerIds.via], isForbiddenTrailer[headerIds.via]], [0, 1]);
});
