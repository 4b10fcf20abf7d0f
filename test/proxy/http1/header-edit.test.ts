// Changes to headers: remove, set, add, in this order, agents first and the policy on top.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editOfMutations, editOfRules } from '../../../proxy/http1/header-edit.ts';

const none = { remove: [], set: {}, add: {} };

test('rules drop what they remove and set, and write what they set and add', () => {
  assert.equal(editOfRules(none), undefined);
  const edit = editOfRules({ remove: ['A'], set: { B: '1' }, add: { C: '2' } });
  assert.equal(edit?.lines, 'B: 1\r\nC: 2\r\n');
  const drops = (name: string) => edit?.drops(Buffer.from(name), 0, name.length);
  assert.deepEqual([drops('a'), drops('B'), drops('c')], [true, true, false]);
  assert.deepEqual([edit?.dropsName('a'), edit?.dropsName('c')], [true, false]);
});

test('the policy has the last word over agents', () => {
  const mutations = [
    { op: 'set', name: 'X-A', value: 'agent' },
    { op: 'add', name: 'X-B', value: 'agent' },
    { op: 'remove', name: 'X-C', value: '' },
    { op: 'add', name: 'X-D', value: 'agent' },
  ] as const;
  const edit = editOfMutations(mutations, { remove: ['x-b'], set: { 'X-A': 'policy' }, add: { 'X-D': 'policy' } });
  assert.equal(edit?.lines, 'X-D: agent\r\nX-A: policy\r\nX-D: policy\r\n');
  assert.deepEqual(
    ['x-a', 'x-b', 'x-c', 'x-d'].map((name) => edit?.dropsName(name)),
    [true, true, true, false],
  );
  assert.equal(editOfMutations([], none), undefined);
});

test('what a policy sets, a client cannot bring beside it in another spelling', () => {
  const edit = editOfRules({ remove: ['X_Debug'], set: { 'X-User': 'nobody' }, add: {} });
  const drops = (name: string) => edit?.drops(Buffer.from(name), 0, name.length);
  assert.deepEqual(['x-user', 'X_User', 'X.USER', 'X_DEBUG', 'x-debug'].map(drops), [true, true, true, true, true]);
  assert.deepEqual(['XUser', 'x-users', 'x-use'].map(drops), [false, false, false]);
});
