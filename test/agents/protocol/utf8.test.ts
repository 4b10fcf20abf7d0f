// JSON is read strictly, and what is none is `undefined`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJson } from '#protocol/utf8';

test('JSON between two places; nothing for what is no JSON or no UTF-8', () => {
  const bytes = Buffer.from('xx{"a":1}yy');
  assert.deepEqual(decodeJson(bytes, 2, 9), { a: 1 });
  assert.equal(decodeJson(bytes, 0, 9), undefined);
  assert.equal(decodeJson(Buffer.from([0x22, 0xff, 0x22]), 0, 3), undefined);
  assert.equal(decodeJson(Buffer.from('\ufeff1'), 0, 4), undefined);
});
