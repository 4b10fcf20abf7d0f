// Networks at the size of a public blocklist. In a process of its own, since it takes a second to build.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetworkSet } from '../../../agents/denylist/networks.ts';

test('a million addresses are held and told apart', () => {
  const set = new NetworkSet();
  for (let index = 0; index < 1_000_000; index += 1) set.add(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
  assert.equal(set.has('10.0.0.0'), true);
  assert.equal(set.has('10.15.66.63'), true); // the last
  assert.equal(set.has('10.15.66.64'), false);
});
