// The program is there to be run by hand; importing it starts nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTables } from '../../../packaging/sqli/main.ts';

test('tables of a small world: two kinds long, a handful of words', () => {
  const { fingerprints, words } = makeTables(['SLEEP', 'WHERE', '!='], ['ALL'], 2);
  assert(fingerprints.size > 50);
  assert.equal(words.get('FROM'), 'k'); // an example
});
