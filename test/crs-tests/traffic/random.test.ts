// Chance from a seed: the same again, within its bounds, and spread over them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../crs-tests/traffic/random.ts';

test('the same seed gives the same, another gives something else', () => {
  const draw = (seed: number): string => new Random(seed).hex(40);
  assert.equal(draw(1), draw(1));
  assert.notEqual(draw(1), draw(2));
});

test('integers have both ends, shares are met, picks are spread', () => {
  const random = new Random(3);
  const seen = new Set(Array.from({ length: 200 }, () => random.integer(2, 5)));
  assert.deepEqual([...seen].sort(), [2, 3, 4, 5]);
  const hits = Array.from({ length: 4000 }, () => random.chance(0.25)).filter(Boolean).length;
  assert(hits > 800 && hits < 1200, `${hits} of 4000`);
  assert.throws(() => random.pick([]), RangeError);
});

test('some takes each once, and no more than there are', () => {
  const random = new Random(4);
  assert.deepEqual(random.some([1, 2, 3], 5).sort(), [1, 2, 3]);
  assert.equal(new Set(random.some('abcdef'.split(''), 4)).size, 4);
});

test('texts have the alphabet that they say', () => {
  const random = new Random(5);
  assert.match(random.uuid(), /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  assert.match(random.digits(9), /^[1-9]\d{8}$/);
  assert.match(random.base64(50), /^[A-Za-z\d+/]{50}$/);
  assert.match(random.base64url(50), /^[\w-]{50}$/);
  assert.equal(random.bytes(30).length, 30);
});
