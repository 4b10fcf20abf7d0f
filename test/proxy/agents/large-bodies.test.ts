// Long bodies are gathered at one process while it has few of them, and shared out beyond that.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askingLimits } from '#config/limits';
import { LargeBodies } from '../../../proxy/agents/large-bodies.ts';

const half = askingLimits.laneBytesMax / 2;

test('to the last while it has few, then to whoever has the fewest, and back when it is done', () => {
  const bodies = new LargeBodies<string>();
  const place = (id: string) => bodies.place(id, half, ['a', 'b', 'c'], 0);
  assert.deepEqual(['1', '2', '3', '4', '5', '6'].map(place), ['c', 'c', 'b', 'a', 'b', 'a']);
  bodies.release('1');
  assert.equal(place('7'), 'c');
  assert.equal(place('8'), 'c');
});

test('one that is longer than the bound has a place; without places there is none', () => {
  const bodies = new LargeBodies<string>();
  assert.equal(bodies.place('1', 10 * half, ['a', 'b'], 0), 'b');
  assert.equal(bodies.place('2', half, ['a', 'b'], 0), 'a');
  assert.equal(bodies.place('3', half, [], 0), undefined);
});

test('what never comes is forgotten, and no more are known than the bound', () => {
  const bodies = new LargeBodies<string>();
  bodies.place('1', 2 * half, ['a', 'b'], 0);
  assert.equal(bodies.place('2', half, ['a', 'b'], askingLimits.laneMs - 1), 'a');
  assert.equal(bodies.place('3', half, ['a', 'b'], askingLimits.laneMs), 'b');
  for (let at = 0; at < 2 * askingLimits.largeBodiesMax; at += 1) bodies.place(`n${at}`, 0, ['a', 'b'], 0);
  bodies.release('3');
  assert.equal(bodies.place('4', 2 * half, ['a', 'b'], 0), 'b'); // 2 is among the forgotten
});
