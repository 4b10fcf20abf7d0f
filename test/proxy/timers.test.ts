// The wheel against a clock that the test turns: never early, at most two ticks late, cheap to move, right after stalls.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { timeLimits } from '#config/limits';
import { Deadline, TimerWheel } from '../../proxy/timers.ts';

const tick = timeLimits.timerTickMs;

function wheelAt(startMs: number) {
  const clock = { ms: startMs };
  return { clock, wheel: new TimerWheel(() => clock.ms) };
}

test('whatever is set, moved and cleared expires in its time, once', () => {
  const action = fc.record({
    delayMs: fc.integer({ min: 1, max: 30_000 }),
    waitMs: fc.integer({ min: 0, max: 15_000 }),
    clears: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.array(action, { maxLength: 12 }), (startMs, actions) => {
      const { clock, wheel } = wheelAt(startMs);
      let dueMs = Infinity;
      let expired = 0;
      const deadline = new Deadline(wheel, () => {
        assert(clock.ms >= dueMs && clock.ms < dueMs + 2 * tick, `due at ${dueMs}, expired at ${clock.ms}`);
        dueMs = Infinity;
        expired += 1;
      });
      let set = 0;
      const pass = (ms: number) => {
        for (const endMs = clock.ms + ms; clock.ms < endMs; ) {
          clock.ms = Math.min(endMs, clock.ms + tick);
          wheel.turn();
        }
      };
      for (const { delayMs, waitMs, clears } of actions) {
        if (dueMs === Infinity) set += 1;
        deadline.set(delayMs);
        dueMs = clock.ms + delayMs;
        if (clears) {
          deadline.clear();
          dueMs = Infinity;
          set -= 1;
        }
        pass(waitMs);
      }
      pass(32_000);
      assert.equal(expired, set);
      assert.equal(wheel.size, 0);
    }),
    { numRuns: 60 },
  );
});

test('after a stall longer than the wheel everything due expires at once', () => {
  const { clock, wheel } = wheelAt(0);
  let expired = 0;
  for (const delayMs of [5, 500, 9_000, 25_000]) new Deadline(wheel, () => (expired += 1)).set(delayMs);
  clock.ms = 60_000;
  wheel.turn();
  assert.equal(expired, 4);
});

test('moving a deadline further away leaves it where it is until then', () => {
  const { wheel } = wheelAt(0);
  const deadline = new Deadline(wheel, () => assert.fail('early'));
  deadline.set(100);
  const { slot } = deadline;
  deadline.set(5_000);
  assert.equal(deadline.slot, slot);
  deadline.set(40);
  assert.notEqual(deadline.slot, slot);
  assert.equal(wheel.size, 1);
});

test('what is dropped is out of the wheel at once, and its neighbours stay', () => {
  const { clock, wheel } = wheelAt(0);
  const expired: number[] = [];
  const all = Array.from({ length: 9 }, (_, index) => new Deadline(wheel, () => expired.push(index)));
  for (const deadline of all) deadline.set(100);
  for (const index of [0, 8, 4, 4]) all[index]?.drop();
  assert.equal(wheel.size, 6);
  all[4]?.set(100);
  clock.ms = 200;
  wheel.turn();
  assert.deepEqual(expired.toSorted(), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(wheel.size, 0);
});
