// Figures of several processes become those of one: sums are kept whatever the order and grouping, gauges as they say.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { counter, type Family, type GaugeMerge, gauge, histogram } from '#config/figures/family';
import { lasting, mergeFamilies, rowCount, rowsAlsoIn, rowsThatMoved } from '#config/figures/merge';

const requests = (rows: [string, number][]) =>
  counter(
    'sentinel_requests_total',
    'R.',
    ['route'],
    rows.map(([route, value]) => [[route], value]),
  );
const durations = (route: string, counts: number[], sum: number) =>
  histogram('sentinel_d_seconds', 'D.', ['route'], [1], [[[route], counts, sum]]);

test('counters and histograms are added row by row', () => {
  const merged = mergeFamilies([
    [
      requests([
        ['a', 1],
        ['b', 2],
      ]),
      durations('a', [1, 2], 3),
    ],
    [requests([['b', 10]]), durations('a', [10, 20], 30), durations('b', [0, 1], 9)],
  ]);
  assert.deepEqual(merged[0]?.rows, [
    [['a'], 1],
    [['b'], 12],
  ]);
  assert.deepEqual(merged[1]?.rows, [
    [['a'], [11, 22], 33],
    [['b'], [0, 1], 9],
  ]);
});

test('buckets that end early have nothing further on', () => {
  const [merged] = mergeFamilies([[durations('a', [1], 1)], [durations('a', [], 0)], [durations('a', [2, 3], 4)]]);
  assert.deepEqual(merged?.rows, [[['a'], [3, 3], 5]]);
});

const gauges: readonly (readonly [GaugeMerge, readonly number[], number])[] = [
  ['sum', [1, 2], 3],
  ['mean', [1, 0], 0.5],
  ['least', [3, 2, 5], 2],
  ['most', [3, 5, 2], 5],
  ['breaker', [0, 2, 1], 1],
  ['breaker', [0, 2], 2],
  ['breaker', [0, 0], 0],
];
for (const [how, values, expected] of gauges) {
  test(`a gauge that is merged by ${how}: ${values} is ${expected}`, () => {
    const [merged] = mergeFamilies(values.map((value) => [gauge('sentinel_g', 'G.', [], [[[], value]], how)]));
    assert.deepEqual(merged?.rows, [[[], expected]]);
  });
}

test('a family that is described differently is that of the first process', () => {
  const other = counter('sentinel_requests_total', 'R.', ['listener'], [[['x'], 5]]);
  const otherBounds = histogram('sentinel_d_seconds', 'D.', ['route'], [2], [[['a'], [1, 1], 1]]);
  const merged = mergeFamilies([
    [requests([['a', 1]]), durations('a', [1, 1], 1)],
    [other, otherBounds],
  ]);
  assert.deepEqual(merged, [requests([['a', 1]]), durations('a', [1, 1], 1)]);
});

test('the total is the sum of all rows, however they are grouped', () => {
  const rows = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(1000)), { maxLength: 5 });
  const total = (families: readonly Family[]) => {
    let sum = 0;
    for (const { rows: all } of families) for (const row of all) sum += Number(row[1]);
    return sum;
  };
  fc.assert(
    fc.property(fc.array(rows, { maxLength: 5 }), fc.nat(5), (parts, cut) => {
      const families = parts.map((part) => [requests(part)]);
      const atOnce = mergeFamilies(families);
      const inSteps = mergeFamilies([mergeFamilies(families.slice(0, cut)), mergeFamilies(families.slice(cut))]);
      assert.equal(total(atOnce), total(families.flat()));
      assert.equal(total(inSteps), total(atOnce));
    }),
  );
});

test('what ends with a process, what is asleep, and what nobody has any more', () => {
  const all = [
    requests([
      ['a', 1],
      ['b', 0],
    ]),
    gauge('sentinel_g', 'G.', [], [[[], 0]]),
    durations('a', [0, 0], 0),
  ];
  assert.deepEqual(
    lasting(all).map(({ name }) => name),
    ['sentinel_requests_total', 'sentinel_d_seconds'],
  );
  assert.deepEqual(
    rowsThatMoved(all).map(({ rows }) => rows.length),
    [1, 0, 0],
  );
  assert.deepEqual(
    rowsAlsoIn(all, [requests([['b', 9]])]).map(({ rows }) => rows),
    [[[['b'], 0]], [], []],
  );
  assert.equal(rowCount(all), 4);
});
