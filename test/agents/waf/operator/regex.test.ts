// Expressions on bytes: every byte is seen, captures, macros, all matches, and what is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileExpression } from '../../../../agents/waf/operator/regex.ts';
import { captures, matches, problemOf } from '../operators.ts';
import { byteStrings } from '../reference.ts';

test('groups are captured, those that took no part are undefined, ten at most', () => {
  assert.deepEqual(captures('rx', '(a)(x)?(b)', 'zab'), ['ab', 'a', undefined, 'b']);
  assert.equal(captures('rx', '(.)'.repeat(12), 'x'.repeat(12))?.length, 10);
});

test('a byte is a byte, wherever it stands', () => {
  assert.deepEqual(captures('rx', 'a[^b](\\xe9)', 'a\xff\xe9'), ['a\xff\xe9', '\xe9']);
  assert.equal(matches('rx', '^.{3}$', '\xe4\xbd\xa0'), true);
  fc.assert(
    fc.property(byteStrings, byteStrings, (before, after) => {
      assert.deepEqual(captures('rx', '^([\\x00-\\xff]*)$', before + after), [before + after, before + after]);
      assert.equal(matches('rx', 'Q\\x{ff}Z', `${before}Q\xffZ${after}`), true);
    }),
  );
});

test('a point is any byte, `$` is the very end', () => {
  assert.equal(matches('rx', 'a.b', 'a\nb'), true);
  assert.equal(matches('rx', '^a$', 'a\n'), false);
});

test('all matches, one behind the other', () => {
  assert.deepEqual(captures('rxGlobal', '(\\d)x?', '1x 2 3'), ['1x', '1', '2', '2', '3', '3']);
  assert.equal(captures('rxGlobal', '\\d', '0123456789ab12')?.length, 10);
  assert.deepEqual(captures('rxGlobal', 'x*', 'ab')?.slice(0, 2), ['', '']);
  assert.equal(matches('rxGlobal', 'q', 'ab'), false);
});

test('what a macro stands for is text, not an expression', () => {
  assert.equal(matches('rx', '^a%{x}$', 'a.+', { x: '.+' }), true);
  assert.equal(matches('rx', '^a%{x}$', 'abc', { x: '.+' }), false);
  assert.equal(matches('rx', '^%{x}$', '\xe9(', { x: '\xe9(' }), true);
  assert.equal(matches('rx', '(%{x}', 'a', { x: 'a' }), false);
});

test('what takes more than linear time is refused', () => {
  assert.match(problemOf('rx', '(?=a)'), /^the expression cannot be run in linear time: /);
  assert.match(problemOf('rx', '(a'), /missing/);
  assert('problem' in compileExpression('(a)\\1'));
});
