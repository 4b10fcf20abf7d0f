// The two kinds: one value that may be missing, and many under keys.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flag, indexed, many, namesOf, one } from '../../../../agents/waf/run/variables-kinds.ts';
import { begin } from '../support.ts';

const { state } = begin('');

test('one value, or none', () => {
  assert.deepEqual(one('A', () => '1').items(state, undefined), [{ variable: 'A', key: undefined, value: '1' }]);
  assert.deepEqual(one('A', () => undefined).items(state, undefined), []);
});

test('many values; their names as values; flags', () => {
  assert.deepEqual(many('B', () => namesOf([['k', 'v']])).items(state, undefined), [
    { variable: 'B', key: 'k', value: 'k' },
  ]);
  assert.deepEqual([flag(true), flag(false)], ['1', '0']);
});

test('an index finds what looking through all of them finds', () => {
  const lists = [
    [['a', '1'] as const, ['B', '2'] as const],
    [['b', '3'] as const, ['c', '4'] as const],
  ];
  const variable = indexed('D', () => lists);
  for (const key of ['a', 'A', 'b', 'c', 'd', '']) {
    const found = variable.items(state, undefined).find((item) => item.key?.toLowerCase() === key.toLowerCase());
    assert.equal(variable.first?.(state, key), found?.value, key);
  }
});
