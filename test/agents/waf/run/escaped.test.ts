// Any bytes become one line of printable ASCII, and different bytes different text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escaped } from '../../../../agents/waf/run/escaped.ts';

const bytes = fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value).toString('latin1'));

test('nothing but printable ASCII, no bare quote', () => {
  fc.assert(
    fc.property(bytes, (text) =>
      assert.match(escaped(text), /^(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\bnrtv]|\\x[\da-f]{2})*$/),
    ),
  );
});

test('what differs stays different', () => {
  fc.assert(fc.property(bytes, bytes, (one, other) => assert.equal(escaped(one) === escaped(other), one === other)));
});
