// Steps at once and in slices: the same result, and between two slices others have their turn.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wafLangLimits } from '#config/limits-waf-lang';
import { atOnce, inSlices } from '../../../../agents/waf/compile/slices.ts';

function* counting(steps: number): Generator<void, number> {
  for (let step = 0; step < steps; step += 1) yield;
  return steps;
}

test('all at once', () => assert.equal(atOnce(counting(5)), 5));

test('in slices, others have their turn in between', async () => {
  let turns = 0;
  let isOver = false;
  const other = (): void => {
    turns += 1;
    if (!isOver) setImmediate(other);
  };
  setImmediate(other);
  let clockMs = 0;
  const counted = await inSlices(counting(20), { now: () => clockMs++ });
  isOver = true;
  assert.equal(counted, 20);
  assert(turns >= 1, String(turns));
});

test('what fails, fails in the promise', async () => {
  function* failing(): Generator<void, void> {
    yield;
    throw new Error('broken');
  }
  await assert.rejects(inSlices(failing()), /broken/);
});

test('where the time is shared, slices grow with what is done between them, up to a bound', async () => {
  const lasted = async (betweenMs: number): Promise<number[]> => {
    let clockMs = 0;
    const slices: number[] = [];
    function* steps(): Generator<void, void> {
      for (let step = 0; step < 300; step += 1) {
        clockMs += 1;
        slices[slices.length - 1] = (slices.at(-1) ?? 0) + 1;
        yield;
      }
    }
    const between = (): void => {
      clockMs += betweenMs;
      slices.push(0);
      if (slices.length < 100) setImmediate(between);
    };
    slices.push(0);
    setImmediate(between);
    await inSlices(steps(), {
      patience: { ms: Number.POSITIVE_INFINITY, onSpent: () => undefined },
      now: () => clockMs,
    });
    return slices.filter((ms) => ms > 0).slice(1, -1);
  };
  assert.deepEqual(new Set(await lasted(2)), new Set([wafLangLimits.sliceMs]));
  assert.deepEqual(new Set(await lasted(30)), new Set([30]));
  assert.deepEqual(new Set(await lasted(500)), new Set([wafLangLimits.sharedSliceMs]));
});

test('where the others are too many, that is told once, and the work comes first', async () => {
  for (const [ms, least] of [
    [100, 100],
    [-1, 0], // it was spent before
  ] as const) {
    let [clockMs, othersMs, told] = [0, 0, 0];
    let isHeld = false;
    function* steps(): Generator<void, void> {
      for (let step = 0; step < 1000; step += 1) {
        clockMs += 1;
        yield;
      }
    }
    let isOver = false;
    const other = (): void => {
      if (!isHeld) clockMs += 30;
      if (!isHeld) othersMs += 30;
      if (!isOver) setImmediate(other);
    };
    setImmediate(other);
    const onSpent = (): void => {
      told += 1;
      isHeld = true;
    };
    await inSlices(steps(), { patience: { ms, onSpent }, now: () => clockMs });
    isOver = true;
    assert.equal(told, 1);
    assert(othersMs >= least && othersMs <= least + 60, String(othersMs));
  }
});
