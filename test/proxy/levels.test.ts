// What is held by key, here and elsewhere: told from a part of the share on, known until it is told to be gone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Levels } from '../../proxy/levels.ts';
import { Peers } from '../../proxy/peers.ts';

/** `levels` of the first of two workers, of which 16 are allowed, and what it has to tell. */
function first() {
  const peers = new Peers({ workers: 2, send: (_, onSent) => onSent(), refreshNow: () => 0 });
  let untold = new Map<string, number>();
  const join = peers.join.bind(peers);
  peers.join = (name, listener) => {
    const subject = join(name, listener);
    untold = subject.untold;
    return subject;
  };
  const levels = new Levels('held', 16, peers);
  const tells = () => {
    const told = [...untold];
    untold.clear();
    return told;
  };
  return { levels, tells, [Symbol.dispose]: () => peers.close() };
}

test('alone it counts, and forgets what is not held', () => {
  const levels = new Levels('held', 2);
  levels.change('a', 1);
  levels.change('a', 1);
  assert.deepEqual([levels.everywhere('a'), levels.everywhere('b'), levels.size], [2, 0, 1]);
  levels.change('a', -1);
  levels.change('a', -1);
  assert.equal(levels.size, 0);
});

test('little is not worth a word; from an eighth of what two may have together on each change is told', () => {
  using one = first();
  one.levels.change('a', 1);
  assert.deepEqual(one.tells(), []);
  one.levels.change('a', 1);
  assert.deepEqual(one.tells(), [['a', 2]]);
  one.levels.change('a', 1);
  one.levels.onRetell();
  assert.deepEqual(one.tells(), [['a', 3]]);
  one.levels.change('a', -1);
  one.levels.change('a', -1);
  assert.deepEqual(one.tells(), [['a', 0]]);
  one.levels.onRetell();
  one.levels.change('a', -1);
  assert.deepEqual(one.tells(), []);
});

test('what others hold counts until they say otherwise, end, or say nothing for long', (context) => {
  using one = first();
  const { levels } = one;
  let nowMs = 0;
  context.mock.method(performance, 'now', () => nowMs);
  levels.change('a', 1);
  levels.onTold(2, 'a', 5);
  levels.onTold(3, 'a', 4);
  assert.equal(levels.everywhere('a'), 10);
  levels.onTold(2, 'a', 0);
  levels.onTold(2, 'b', 3);
  assert.deepEqual([levels.everywhere('a'), levels.everywhere('b')], [5, 3]);
  levels.onGone(2);
  assert.deepEqual([levels.everywhere('a'), levels.everywhere('b')], [5, 0]);
  nowMs = 15_000;
  assert.equal(levels.everywhere('a'), 1);
  levels.onRetell();
  nowMs = 0;
  assert.equal(levels.everywhere('a'), 1, 'it is forgotten too');
});

test('two processes of one number, while a worker is replaced, are two that hold', () => {
  using one = first();
  const { levels } = one;
  levels.onTold(4711, 'a', 5); // the one that drains
  levels.onTold(4712, 'a', 2); // the one that follows
  levels.onTold(4711, 'a', 4);
  assert.equal(levels.everywhere('a'), 6);
  levels.onGone(4711);
  assert.equal(levels.everywhere('a'), 2);
});
