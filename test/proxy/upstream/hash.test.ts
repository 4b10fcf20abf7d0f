// Numbers out of texts: the same for ever, since hosts of several versions must agree, and spread evenly.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashText, mix, shareOf } from '../../../proxy/upstream/hash.ts';

test('the numbers never change', () => {
  assert.deepEqual([hashText(''), hashText('192.0.2.1'), hashText('/a', 7)], [2872998923, 1941296713, 1883552858]);
});

test('each number has a result of its own, and every bit of the result is used', () => {
  const results = Array.from({ length: 10_000 }, (_, index) => mix(index));
  assert.equal(new Set(results).size, results.length);
  for (let bit = 0; bit < 32; bit += 1) {
    const ones = results.filter((result) => ((result >>> bit) & 1) === 1).length;
    assert(Math.abs(ones - 5000) < 300, `bit ${bit} is set in ${ones}`);
  }
});

test('texts that are nearly the same are spread over all', () => {
  const buckets = Array.from({ length: 16 }, () => 0);
  for (let index = 0; index < 16_000; index += 1) {
    const bucket = Math.floor(16 * shareOf(hashText(`10.0.${index >> 8}.${index & 255}`)));
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  assert(
    buckets.every((count) => Math.abs(count - 1000) < 130),
    String(buckets),
  );
});
