// Expressions and replacements as they are read before any request.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, groupsIn, groupsWantedBy, partsOf } from '#config/expression';

test('what RE2 does not take is said', () => {
  assert.equal(faultOf('^/v\\d+$'), undefined);
  for (const bad of ['(', '(?=a)', '(a)\\1']) assert.equal(typeof faultOf(bad), 'string', bad);
});

test('groups are counted, with alternatives and without', () => {
  assert.deepEqual(
    ['a', '(a)', '(?:a)(b)|(c)', '^(?P<name>a)$', '('].map((one) => groupsIn(one)),
    [0, 1, 2, 1, undefined],
  );
  assert.equal(groupsIn(undefined), undefined);
});

test('a replacement: texts, groups, dollars', () => {
  assert.deepEqual(partsOf('/new/$1/$2x'), ['/new/', 1, '/', 2, 'x']);
  assert.deepEqual(partsOf('$$1$'), ['$', '1', '$']);
  assert.deepEqual(partsOf('$0$a'), ['$', '0', '$', 'a']);
  assert.deepEqual(partsOf('$12'), [1, '2']);
  assert.equal(groupsWantedBy('/$2/$1'), 2);
  assert.equal(groupsWantedBy('plain'), 0);
  assert.equal(groupsWantedBy(undefined), 0);
});
