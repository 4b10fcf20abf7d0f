// Questions in rhythm, and when no answers mean that nobody is there. The clock is the test's.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Pulse, periodMs } from '../../stack/pulse.ts';

function beating(t: TestContext, missesMax = 3) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const asked: number[] = [];
  const silent: number[] = [];
  const pulse = new Pulse({ ask: (_, id) => void asked.push(id) }, { intervalMs: 1000, missesMax }, (ms) =>
    silent.push(ms),
  );
  return { pulse, asked, silent, tick: (ms: number) => t.mock.timers.tick(ms) };
}

test('who answers is asked again and again', (t) => {
  const { pulse, asked, silent, tick } = beating(t);
  for (let beat = 0; beat < 20; beat += 1) {
    pulse.heard();
    tick(750);
  }
  pulse.stop();
  assert.equal(asked.length, 21);
  assert.deepEqual(silent, []);
});

test('who falls silent right after an answer is known to be silent when the misses have passed, and once', (t) => {
  const { pulse, silent, tick } = beating(t);
  pulse.heard();
  tick(750); // asked, and answered
  pulse.heard();
  for (let ms = 0; ms < 2250; ms += 750) tick(750);
  assert.deepEqual(silent, []);
  tick(750); // 3 s
  assert.deepEqual(silent, [3000]);
  tick(10_000);
  assert.deepEqual(silent, [3000]);
});

test('one answer, however late, and all is well', (t) => {
  const { pulse, silent, tick } = beating(t);
  for (let round = 0; round < 10; round += 1) {
    tick(750);
    tick(750);
    pulse.heard();
  }
  pulse.stop();
  assert.deepEqual(silent, []);
});

test('the period leaves room for the last answer', () => {
  assert.equal(periodMs({ intervalMs: 2000, missesMax: 3 }), 1500);
  assert.equal(periodMs({ intervalMs: 1000, missesMax: 1 }), 500);
});
