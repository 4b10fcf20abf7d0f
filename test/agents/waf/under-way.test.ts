// Exchanges under way: what is kept of them, until it is taken out, and that nothing of it stays behind.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { UnderWay } from '../../../agents/waf/under-way.ts';

test('what was put is there until it is taken', () => {
  const underWay = new UnderWay<string>();
  underWay.put('a', 'first');
  underWay.put('b', 'second');
  underWay.put('a', 'again');
  assert.deepEqual([underWay.size, underWay.get('a'), underWay.get('b')], [2, 'again', 'second']);
  assert.deepEqual([underWay.take('a'), underWay.take('a'), underWay.get('a')], ['again', undefined, undefined]);
  underWay.put('c', 'third'); // where the first was
  assert.deepEqual([...underWay.all()].sort(), [['b', 'second'], ['c', 'third']]); // biome-ignore format: pairs
});

test('who goes through all may take them out', () => {
  const underWay = new UnderWay<number>();
  for (let id = 0; id < 100; id += 1) underWay.put(String(id), id);
  for (const [id, content] of underWay.all()) if (content % 2 === 0) underWay.take(id);
  assert.equal(underWay.size, 50);
  assert.deepEqual([...underWay.all()].map(([, content]) => content % 2), Array.from({ length: 50 }, () => 1)); // biome-ignore format: one thought
});

setFlagsFromString('--expose-gc');
setFlagsFromString('--no-allocation-site-pretenuring'); // as the firewall is run

/** Bytes that the old part of the heap has more after so many exchanges, sixteen at a time, each with a kilobyte. */
function grownOld(
  exchanges: number,
  table: { put(id: string, content: object): void; take(id: string): void },
): number {
  const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void;
  collect();
  const before = oldBytes();
  for (let id = 0; id < exchanges; id += 1) {
    table.put(`exchange-${id}`, new Array(128).fill(id));
    if (id >= 16) table.take(`exchange-${id - 16}`);
    if (id % 100 === 0) collect({ type: 'minor' });
  }
  return oldBytes() - before;
}

const oldBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? Number.NaN;

test('what has been taken out does not grow old in a table of before, as it does in a map', () => {
  const exchanges = 5000;
  const map = new Map<string, object>();
  const underWay = new UnderWay<object>();
  const ofMap = grownOld(exchanges, { put: (id, content) => map.set(id, content), take: (id) => map.delete(id) });
  const ofOurs = grownOld(exchanges, underWay);
  assert.ok(ofMap > 3_000_000, `a map no longer keeps them: ${ofMap}`);
  assert.ok(ofOurs < 1_500_000, String(ofOurs));
});
