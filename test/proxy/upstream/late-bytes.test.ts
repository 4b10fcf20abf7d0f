// Bytes that come after a pause: in order, in a turn of their own, the end behind them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LateBytes } from '../../../proxy/upstream/late-bytes.ts';

function record() {
  const told: string[] = [];
  const late = new LateBytes((bytes) => told.push(bytes.toString()));
  return { told, late };
}

const aTurn = () => new Promise((resolve) => setImmediate(resolve));

test('what was kept is given back in order, as it was, and then the ends', async () => {
  const { told, late } = record();
  const lent = Buffer.from('one');
  late.pause();
  assert.equal(late.isHolding, true);
  late.keep(lent);
  lent.fill('x');
  late.keep(Buffer.from('two'));
  late.end(() => told.push('end'));
  late.end(() => told.push('close'));
  late.resume();
  assert.deepEqual([told.length, late.isHolding], [0, true]);
  await aTurn();
  assert.deepEqual([told, late.isHolding], [['one', 'two', 'end', 'close'], false]);
});

test('who pauses again gets the rest later', async () => {
  const { told, late } = record();
  const pausing = new LateBytes((bytes) => {
    told.push(bytes.toString());
    pausing.pause();
  });
  pausing.pause();
  for (const text of ['a', 'b']) pausing.keep(Buffer.from(text));
  pausing.resume();
  pausing.resume();
  await aTurn();
  assert.deepEqual(told, ['a']);
  pausing.resume();
  await aTurn();
  assert.deepEqual(told, ['a', 'b']);
  late.end(() => told.push('at once'));
  assert.equal(told.at(-1), 'at once');
});

test('what nobody wants any more is gone', async () => {
  const { told, late } = record();
  late.pause();
  late.keep(Buffer.from('a'));
  late.end(() => told.push('end'));
  late.clear();
  late.resume();
  await aTurn();
  assert.deepEqual(told, []);
});
