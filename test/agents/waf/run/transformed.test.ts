// What transformations make of long values is remembered until it is forgotten; short values are asked each time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgetTransformed, transformed } from '../../../../agents/waf/run/transformed.ts';

test('once for a long value, until it is forgotten', () => {
  let calls = 0;
  const apply = (value: string): string => {
    calls += 1;
    return `${value}!`;
  };
  const long = 'a'.repeat(1000);
  assert.deepEqual([transformed(apply, long), transformed(apply, long), calls], [`${long}!`, `${long}!`, 1]);
  forgetTransformed();
  transformed(apply, long);
  for (const _ of [1, 2]) transformed(apply, 'short');
  assert.equal(calls, 4);
  assert.equal(
    transformed((value) => value, long),
    long,
  ); // each transformation by itself
  forgetTransformed();
});
