// Names that the proxy acts on, in any case and by any separator, and none that only looks like one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  certificateClaims,
  claims,
  headerIdOf,
  headerIds,
  isForbiddenTrailer,
  isHopByHop,
  isLeftOut,
  isLeftOutOfAsked,
  isLeftOutOfTrusted,
  isMisspelt,
} from '../../../proxy/http1/header-names.ts';

const idOf = (name: string): number => headerIdOf(Buffer.from(name), 0, name.length);

test('each name is found however it is written', () => {
  for (const [name, id] of Object.entries(headerIds)) {
    if (name === 'other') continue;
    assert.deepEqual([idOf(name), idOf(name.toUpperCase()), idOf(name.replaceAll('-', '_'))], [id, id, id], name);
    for (const mark of "!#$%&'*+.^`|~") assert.equal(idOf(name.replaceAll('-', mark)), id, `${name}, with ${mark}`);
    assert.equal(idOf(`${name}x`), 0);
  }
  for (const other of ['', 'hos', 'hosu', 'x-forwarded-fox', 'content-lengths', 'x--real-ip'])
    assert.equal(idOf(other), 0, other);
  assert.equal(new Set(Object.values(headerIds)).size, Object.keys(headerIds).length);
});

test('what frames never passes, and no other name is left out', () => {
  for (const table of [isHopByHop, isLeftOut, isLeftOutOfTrusted]) assert.equal(table[headerIds.other], 0);
  assert.deepEqual(
    [isHopByHop[headerIds['transfer-encoding']], isLeftOut[headerIds['content-length']], isLeftOut[headerIds.host]],
    [1, 1, 1],
  );
  for (const name of ['Content-Length', 'x_forwarded_for', 'COOKIE', 'Set.Cookie', 'Host'])
    assert.equal(isForbiddenTrailer(name), true, name);
  for (const name of ['ETag', 'Server-Timing', 'grpc-status', 'Content-MD5'])
    assert.equal(isForbiddenTrailer(name), false, name);
});

test('a name with another mark than hyphens is misspelt', () => {
  const isOdd = (name: string): boolean => isMisspelt(Buffer.from(name), 0, name.length);
  assert.deepEqual(['a-b', 'A1-b2', 'a_b', 'a.b', 'a~'].map(isOdd), [false, false, true, true, true]);
  assert.equal(isMisspelt(Buffer.from('a_b'), 2, 3), false);
});

test('what a trusted proxy may bring and nobody else', () => {
  const differ = Object.entries(headerIds).filter(([, id]) => isLeftOut[id] !== isLeftOutOfTrusted[id]);
  const both = [...claims, ...certificateClaims];
  assert.deepEqual(differ.map(([name]) => name).toSorted(), both.toSorted());
  assert(certificateClaims.every((name) => isLeftOutOfAsked[headerIds[name]] === 1));
  assert(both.every((name) => isLeftOut[headerIds[name]] === 1 && isForbiddenTrailer(name)));
  assert.deepEqual([isLeftOut[headerIds.via], isForbiddenTrailer('via')], [0, true]);
});
