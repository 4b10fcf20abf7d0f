// A pause ends once: by its time, by what was waited for, or because nobody waits any more.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TimerWheel } from '../../../proxy/timers.ts';
import { Pause } from '../../../proxy/upstream/retry-pause.ts';

function paused() {
  const clock = { ms: 0 };
  const timers = new TimerWheel(() => clock.ms);
  const told: string[] = [];
  const owner = { onPauseOver: () => void told.push(pause.next()?.error ?? 'on') };
  const pause = new Pause(
    owner,
    timers,
    100,
    () => ({ code: 'upstream-full', error: 'late' }),
    () => void told.push('left'),
  );
  const passTo = (ms: number) => {
    clock.ms = ms;
    timers.turn();
  };
  return { pause, told, passTo };
}

test('by its time', () => {
  const { told, passTo } = paused();
  passTo(99);
  assert.deepEqual(told, []);
  passTo(200);
  passTo(400);
  assert.deepEqual(told, ['late']);
});

test('by what was waited for', () => {
  const { pause, told, passTo } = paused();
  pause.goOn(() => undefined);
  passTo(400);
  assert.deepEqual(told, ['on']);
});

test('because nobody waits any more', () => {
  const { pause, told, passTo } = paused();
  pause.leave();
  passTo(400);
  assert.deepEqual(told, ['left']);
});
