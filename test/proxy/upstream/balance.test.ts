// What all algorithms have in common: who may be picked at all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayTake } from '../../../proxy/upstream/balance.ts';
import { targetsOf } from './candidates.ts';

test('who is out, without weight or tried may not', () => {
  const [one, out, none, slow] = targetsOf(1, 1, 0, 1);
  assert(one !== undefined && out !== undefined && none !== undefined && slow !== undefined);
  out.isAvailable = false;
  slow.weightFactor = 0;
  assert(mayTake(one, []));
  assert(!mayTake(one, [one]));
  for (const other of [out, none, slow]) assert(!mayTake(other, []));
});
