// Ranges against a plain reading of RFC 9110 section 14: the table, and whatever a generator writes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partOf, type Ranged } from '../../../proxy/reply/ranges.ts';
import { Random } from '../../fuzz/random.ts';

const cases: ReadonlyArray<readonly [range: string, size: number, part: Ranged]> = [
  ['bytes=0-0', 10, { start: 0, end: 1 }],
  ['bytes=2-', 10, { start: 2, end: 10 }],
  ['bytes=2-99', 10, { start: 2, end: 10 }],
  ['bytes=-3', 10, { start: 7, end: 10 }],
  ['bytes=-30', 10, { start: 0, end: 10 }],
  ['BYTES= 1-2 ', 10, { start: 1, end: 3 }],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=0-', 0, 'unsatisfiable'],
  ['bytes=-1', 0, 'unsatisfiable'],
  ['bytes=3-2', 10, 'whole'],
  ['bytes=0-1,4-5', 10, 'whole'],
  ['bytes=-', 10, 'whole'],
  ['bytes=a-b', 10, 'whole'],
  ['bytes=+1-2', 10, 'whole'],
  ['lines=0-1', 10, 'whole'],
  ['bytes=0-99999999999999999999', 10, 'whole'],
];

test('which part is meant', () => {
  for (const [range, size, part] of cases) assert.deepEqual(partOf(range, size), part, range);
});

test('a part is never empty and never outside of the file', () => {
  const random = new Random(3);
  const pieces = ['bytes', '=', '-', ',', ' ', '0', '1', '9', '12', '4096', 'x', '999999999999999'];
  for (let round = 0; round < 20_000; round += 1) {
    const size = random.below(5000);
    const text = random.isOnce(3)
      ? Array.from({ length: random.below(7) }, () => random.pick(pieces)).join('')
      : `bytes=${random.isOnce(4) ? '' : random.below(6000)}-${random.isOnce(4) ? '' : random.below(6000)}`;
    const part = partOf(text, size);
    if (typeof part === 'string') continue;
    assert(
      Number.isInteger(part.start) && part.start >= 0 && part.start < part.end && part.end <= size,
      `${text} of ${size}`,
    );
  }
});
