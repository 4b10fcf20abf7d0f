// Rows of figures from the shapes in which this worker counts: maps by a word of ours, and buckets of durations.

import { type BucketRow, type Family, histogram, type NumberRow } from '#config/figures/family';
import { durationBuckets } from '../metrics.ts';

/** Rows of what is counted by something that has a name, and by a word of ours. */
export function countedBy(name: string, counts: Iterable<readonly [string, number]>): NumberRow[] {
  return Array.from(counts, ([word, count]): NumberRow => [[name, word], count]);
}

export function seconds(
  name: string,
  help: string,
  labels: readonly string[],
  rows: readonly (readonly [labels: readonly string[], counts: Float64Array, sum: number])[],
): Family {
  const plain = rows.map(([values, counts, sum]): BucketRow => [values, begun(counts), sum]);
  return histogram(name, help, labels, durationBuckets, plain);
}

/** Up to the last bucket that has anything in it: most have nothing, and a report has thousands. */
function begun(counts: Float64Array): number[] {
  let length = counts.length;
  while (length > 0 && counts[length - 1] === 0) length -= 1;
  return Array.from(counts.subarray(0, length));
}
