// The shared narrowing: the place of what is wrong, base64 or bytes, and no end to the stack.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { anything, bytes, maybeText, narrow, tooDeep } from '#protocol/narrow';

test('the first thing wrong has its place', () => {
  assert.deepEqual(narrow(z.object({ a: z.object({ b: z.literal(1, 'not one') }) }), { a: { b: 2 } }), {
    ok: false,
    problem: 'a.b: not one',
  });
});

test('bytes are base64 or bytes, and nothing else', () => {
  assert.deepEqual(bytes.parse('AP+A'), Buffer.from([0, 255, 128]));
  assert.deepEqual(bytes.parse(''), Buffer.alloc(0));
  for (const bad of ['AP', 'A P=', 'A===', 5, null]) assert.equal(bytes.safeParse(bad).success, false);
});

test('an absent, a null and an empty text are the same', () => {
  for (const none of [undefined, null, '']) assert.equal(maybeText.parse(none), undefined);
});

test('depth is bounded without walking into what is too deep', () => {
  const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown;
  assert.equal(tooDeep(nested(32)), false);
  assert.equal(tooDeep(nested(33)), true);
  assert.equal(anything.safeParse(nested(5000)).success, false);
});
