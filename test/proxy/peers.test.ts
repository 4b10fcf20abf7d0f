// What workers tell each other: sums and levels, the largest first, one note at a time, and nothing without bound.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharingLimits } from '#config/limits';
import { readNote } from '../../proxy/peer-note.ts';
import { Peers } from '../../proxy/peers.ts';
import { until } from '../support/proxy.ts';

/** A worker whose notes are kept, and are on their way until `arrive`. */
function talker(workers = 2) {
  const notes: string[] = [];
  const onSent: Array<() => void> = [];
  const peers = new Peers({
    workers,
    send: (text, done) => {
      notes.push(text);
      onSent.push(done);
    },
    refreshNow: () => 0,
  });
  const said = (count: number) =>
    until(
      () => notes.length >= count,
      () => `${count} notes wanted, there are ${notes.length}`,
    );
  return { peers, notes, said, arrive: () => onSent.shift()?.(), [Symbol.dispose]: () => peers.close() };
}

const nobody = { onTold: () => undefined };

test('amounts of a key are summed until they are told, levels are the last', async () => {
  using one = talker();
  const rate = one.peers.join('rate r', nobody);
  const held = one.peers.join('held', nobody);
  for (const key of ['a', 'b', 'a']) rate.add(key, 1);
  for (const level of [3, 5, 4]) held.set('c', level);
  await one.said(1);
  assert.deepEqual(readNote(one.notes[0] ?? ''), [
    ['rate r', 'a', 2],
    ['rate r', 'b', 1],
    ['held', 'c', 4],
  ]);
  rate.add('a', 1);
  one.arrive();
  await one.said(2);
  assert.equal(one.notes[1], '[["rate r","a",1]]');
});

test('the largest come first where there is no room for all, the rest with the next note, and what is too much is lost', async () => {
  using one = talker();
  const rate = one.peers.join('rate r', nobody);
  for (let at = 0; at < sharingLimits.untoldKeysMax + 10; at += 1) rate.add(`${at}`, at === 4000 ? 7 : 1);
  assert.equal(rate.lost, 10);
  await one.said(1);
  const told = readNote(one.notes[0] ?? '') ?? [];
  assert.deepEqual([told.length, told[0]], [sharingLimits.noteEntriesMax, ['rate r', '4000', 7]]);
  assert.equal(rate.untold.size, sharingLimits.untoldKeysMax - told.length);
  assert.equal(one.notes.length, 1, 'one note at a time');
  one.arrive();
  await one.said(2);
});

test('what is heard reaches whom it is about, and what is no note nobody', () => {
  using one = talker();
  const told: unknown[] = [];
  one.peers.join('rate r', { onTold: (...what) => told.push(what), onGone: (from) => told.push(from) });
  one.peers.hear(2, '[["rate r","a",3],["rate of another configuration","a",3]]');
  one.peers.hear(2, '[["rate r","a",-3]]');
  one.peers.forget(2);
  assert.deepEqual(told, [[2, 'a', 3], 2]);
  assert.equal(one.peers.notesRefused, 1);
});
