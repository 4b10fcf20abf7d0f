// Case, length, parity, and the command line as a shell sees it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as reshape from '../../../../agents/waf/transform/reshape.ts';

test('case is of ASCII alone', () => {
  assert.equal(reshape.lowercase.apply('AZ[\xc9'), 'az[\xc9');
  assert.equal(reshape.uppercase.apply('az{\xe9'), 'AZ{\xe9');
});

test('length counts bytes, none does nothing', () => {
  assert.equal(reshape.length.apply('\xff\0a'), '3');
  assert.equal(reshape.none.apply('\xff\0a'), '\xff\0a');
});

test('parity bits are set, and cleared', () => {
  assert.equal(reshape.parityEven7bit.apply('ab'), 'a\xe2'.replace('a', '\xe1'));
  assert.equal(reshape.parityOdd7bit.apply('ab'), 'ab');
  assert.equal(reshape.parityZero7bit.apply('\xe1\xe2'), 'ab');
});

test('what a shell ignores goes', () => {
  assert.equal(reshape.cmdLine.apply('C^m"D" ,;\t/c  (x\\y)'), 'cmd/c(xy)');
  assert.equal(reshape.cmdLine.apply('cat\0 /etc'), 'cat\0/etc');
});
