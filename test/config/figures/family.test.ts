// Families from another process are narrowed: what is well formed comes through as it was, the rest is left out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counter, familyOf, gauge, histogram, readFamilies } from '#config/figures/family';

const good = [
  counter('sentinel_a_total', 'A.', ['route'], [[['r'], 1]]),
  gauge('sentinel_b', 'B.', [], [[[], -1.5]], 'least'),
  histogram('sentinel_c_seconds', 'C.', ['route'], [0.1, 1], [[['r'], [1, 0, 2], 3.5]]),
];

test('what is well formed survives the way over a channel', () => {
  assert.deepEqual(readFamilies(JSON.parse(JSON.stringify(good))), good);
  assert.equal(familyOf(good, 'sentinel_b')?.help, 'B.');
  assert.equal(familyOf(good, 'sentinel_d'), undefined);
});

const bad: Readonly<Record<string, unknown>> = {
  'no family': 7,
  'a foreign name': { ...good[0], name: 'up' },
  'a name with a line end': { ...good[0], name: 'sentinel_a\nup' },
  'no help': { ...good[0], help: undefined },
  'a label that is no word': { ...good[0], labels: ['le="'] },
  'too few label values': { ...good[0], rows: [[[], 1]] },
  'a label value that is no text': { ...good[0], rows: [[[1], 1]] },
  'a value that is no number': { ...good[0], rows: [[['r'], null]] },
  'a counter below zero': { ...good[0], rows: [[['r'], -1]] },
  'an unknown kind': { ...good[0], kind: 'summary' },
  'an unknown way to merge': { ...good[1], merge: 'product' },
  'bounds that fall': { ...good[2], bounds: [1, 0.1] },
  'a bucket too many': { ...good[2], rows: [[['r'], [1, 0, 2, 4], 3.5]] },
  'a bucket below zero': { ...good[2], rows: [[['r'], [1, -1, 0], 3.5]] },
  'a sum that is no number': { ...good[2], rows: [[['r'], [1, 0, 2], '3']] },
};

for (const [what, value] of Object.entries(bad)) {
  test(`left out: ${what}`, () => assert.deepEqual(readFamilies([value, good[1]]), [good[1]]));
}

test('what is no list has no families', () => assert.deepEqual(readFamilies({ length: 1 }), []));
