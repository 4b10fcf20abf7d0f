// Records that outlive a transaction: shared, expiring, bounded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore } from '../../../../agents/waf/run/persistent.ts';
import { wafRunLimits } from '../../../../config/limits-waf-run.ts';

test('a record is the same for all who open it, until nobody has changed it for its time-out', () => {
  const store = memoryStore();
  const first = store.open('IP', '1.2.3.4', 1000, 60);
  first.bag.set('score', '5');
  first.touch(1010);
  assert.equal(store.open('IP', '1.2.3.4', 1069, 60), first);
  assert.equal(store.open('GLOBAL', '1.2.3.4', 1069, 60).bag.get('score'), undefined);
  assert.equal(store.open('IP', '1.2.3.4', 1070, 60).bag.get('score'), undefined);
});

test('the built-in variables tell its life', () => {
  const record = memoryStore().open('IP', 'k', 1000, 60);
  assert.deepEqual(
    ['KEY', 'IS_NEW', 'CREATE_TIME', 'TIMEOUT', 'UPDATE_COUNTER'].map((name) => record.bag.get(name)),
    ['k', '1', '1000', '60', '0'],
  );
  record.touch(1030);
  record.touch(1060);
  assert.deepEqual(
    ['IS_NEW', 'LAST_UPDATE_TIME', 'UPDATE_COUNTER', 'UPDATE_RATE'].map((name) => record.bag.get(name)),
    [undefined, '1060', '2', '2'],
  );
});

test('a variable that expires is gone after its time, not before', () => {
  const store = memoryStore();
  const record = store.open('IP', 'k', 1000, 3600);
  record.bag.set('blocked', '1');
  record.expireAt('blocked', 1060);
  assert.equal(store.open('IP', 'k', 1059, 3600).bag.get('blocked'), '1');
  assert.equal(store.open('IP', 'k', 1060, 3600).bag.get('blocked'), undefined);
});

test('a full store lets go of what was opened longest ago', () => {
  const store = memoryStore({ recordsMax: 2 });
  for (const key of ['a', 'b']) store.open('IP', key, 0, 60).bag.set('here', key);
  store.open('IP', 'a', 0, 60);
  store.open('IP', 'c', 0, 60);
  assert.equal(store.open('IP', 'a', 0, 60).bag.get('here'), 'a');
  assert.equal(store.open('IP', 'b', 0, 60).bag.get('here'), undefined);
});

test('a record has room for so many bytes, and gives them back', () => {
  const { bag } = memoryStore().open('IP', 'k', 0, 60);
  const most = 'x'.repeat(wafRunLimits.recordBytesMax);
  assert.equal(bag.set('a', most), false);
  assert.equal(bag.setByLowerName('a', 'A', most), false); // as rules set it
  assert.equal(bag.get('a'), undefined);
  assert.equal(bag.set('a', most.slice(200)), true);
  assert.equal(bag.set('b', most.slice(-200)), false);
  bag.delete('a');
  assert.equal(bag.set('b', most.slice(200)), true);
});

test('all records together have a bound in bytes, whatever becomes of them', () => {
  const store = memoryStore({ bytesMax: 10_000 });
  for (let round = 0; round < 200; round += 1) {
    const record = store.open('IP', String(round % 70), round, 40);
    record.bag.set('text', 'x'.repeat((round * 37) % 1000));
    record.touch(round);
    const kept = store.names().map((name) => store.stored(name, round)?.variables ?? []);
    const bytes = kept.flat().reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    assert(bytes <= 11_100, `${bytes} bytes`); // the one that is open may grow until another is opened
    assert(round < 20 || kept.length > 10, 'more was thrown away than needed to be');
  }
});

test('a key of any length is a key, and two of them are two', () => {
  const store = memoryStore();
  const long = 'k'.repeat(100_000);
  store.open('IP', `${long}1`, 0, 60).bag.set('here', '1');
  assert.equal(store.open('IP', `${long}2`, 0, 60).bag.get('here'), undefined);
  assert.equal(store.open('IP', `${long}1`, 0, 60).bag.get('here'), '1');
  assert(store.names().every((name) => name.length < 1100));
});

test('a record is handed over and put back as it was, what has expired left out', () => {
  const store = memoryStore();
  const record = store.open('SESSION', 'app\0key', 1000, 60);
  record.bag.set('Score', '\xff');
  record.bag.set('short', '1');
  record.expireAt('short', 1030);
  const [name = ''] = store.names();
  assert.equal(store.stored(name, 1000), undefined, 'nobody has changed it');
  record.touch(1000);
  const stored = store.stored(name, 1001);
  assert(stored !== undefined);
  const other = memoryStore();
  other.restore(stored, 1040);
  const again = other.open('SESSION', 'app\0key', 1040, 60);
  assert.deepEqual(
    ['score', 'short', 'CREATE_TIME', 'UPDATE_COUNTER', 'IS_NEW'].map((key) => again.bag.get(key)),
    ['\xff', undefined, '1000', '1', undefined],
  );
  const late = memoryStore();
  late.restore(stored, 1060);
  assert.deepEqual([late.names(), store.stored(name, 1060)], [[], undefined]);
});
