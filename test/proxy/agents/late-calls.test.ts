// Answers that nobody waits for: which are expected, and until when.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askingLimits } from '#config/limits';
import { LateCalls } from '../../../proxy/agents/late-calls.ts';

const { lateMax } = askingLimits;

test('an answer to a call that was given up or only told is expected once', () => {
  const late = new LateCalls();
  late.giveUp(7);
  late.giveUp('exchange-1');
  late.tell(8);
  late.tell('exchange-2');
  for (const key of [7, 8, 'exchange-1', 'exchange-2']) {
    assert.equal(late.has(key), true, String(key));
    assert.equal(late.take(key), true, String(key));
    assert.equal(late.has(key), false, String(key));
    assert.equal(late.take(key), false, `${key} again`);
  }
});

test('one to a call that never was is not', () => {
  const late = new LateCalls();
  for (const key of [0, 1, lateMax, '', 'exchange']) assert.equal(late.take(key), false, String(key));
});

test('what is only told does not push out what was given up', () => {
  const late = new LateCalls();
  late.giveUp(1);
  for (let id = 2; id < 10 * lateMax; id += 1) late.tell(id);
  assert.equal(late.take(1), true);
  assert.equal(late.has(2), false, 'told long ago');
  assert.equal(late.take(10 * lateMax - 1), true, 'told last');
});

test('of those given up the latest are known, and no more than the bound', () => {
  const late = new LateCalls();
  for (let id = 1; id <= 3 * lateMax; id += 1) late.giveUp(id);
  const known = Array.from({ length: 3 * lateMax }, (_, index) => index + 1).filter((id) => late.has(id));
  assert.equal(known.at(-1), 3 * lateMax);
  assert.ok(known.length >= lateMax / 2 && known.length <= lateMax + 1, String(known.length));
  assert.equal((known.at(-1) ?? 0) - (known[0] ?? 0) + 1, known.length, 'they are the latest');
});
