// The numbers are those of agents in the field, and each is read back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlFrameTypes, controlOfFrame, eventFrameTypes, eventOfFrame, frameTypes } from '#protocol/frame-types';

test('every number means one thing, in both directions', () => {
  for (const [name, type] of Object.entries(eventFrameTypes)) assert.equal(eventOfFrame(type), name);
  for (const [name, type] of Object.entries(controlFrameTypes)) assert.equal(controlOfFrame(type), name);
  const all = [frameTypes, eventFrameTypes, controlFrameTypes].flatMap((table) => Object.values(table));
  assert.equal(new Set(all).size, all.length);
  assert.equal(eventOfFrame(0x20), undefined);
  assert.deepEqual([eventFrameTypes.request_headers, eventFrameTypes.configure], [0x10, 0x17]);
});
