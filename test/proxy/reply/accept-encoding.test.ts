// What clients say they take, as bits: br 1, zstd 2, gzip 4.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedEncodings } from '../../../proxy/reply/accept-encoding.ts';

test('which compressed forms are accepted', () => {
  const cases: ReadonlyArray<readonly [string | undefined, number]> = [
    [undefined, 0],
    ['', 0],
    ['identity', 0],
    ['gzip, deflate, br, zstd', 7],
    ['GZIP;q=0.5, br;q=1.0', 5],
    ['x-gzip', 4],
    ['gzip;q=0, br', 1],
    ['gzip; q=0.000', 0],
    ['*', 7],
    ['*;q=0', 0],
    ['*, br;q=0', 6],
    [`${'a,'.repeat(100)}br`, 0], // past the bound nothing is read
  ];
  for (const [header, bits] of cases) assert.equal(acceptedEncodings(header), bits, String(header));
});
