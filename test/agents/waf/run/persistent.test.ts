// Records that outlive a transaction: shared, expiring, bounded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore } from '../../../../agents/waf/run/persistent.ts';

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
  const store = memoryStore(2);
  for (const key of ['a', 'b']) store.open('IP', key, 0, 60).bag.set('here', key);
  store.open('IP', 'a', 0, 60);
  store.open('IP', 'c', 0, 60);
  assert.equal(store.open('IP', 'a', 0, 60).bag.get('here'), 'a');
  assert.equal(store.open('IP', 'b', 0, 60).bag.get('here'), undefined);
});
