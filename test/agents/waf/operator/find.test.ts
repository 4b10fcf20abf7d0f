// The search against V8's, with needles that repeat themselves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { find } from '../../../../agents/waf/operator/find.ts';

test('found where indexOf finds it', () => {
  const few = fc.string({ unit: fc.constantFrom('a', 'a', 'a', 'b'), maxLength: 300 });
  fc.assert(
    fc.property(few, few, few, fc.nat(100), (before, needle, after, from) => {
      const text = before + needle + after;
      assert.equal(find(text, needle, from), text.indexOf(needle, from));
      assert.equal(find(text, `${needle}b`, from), text.indexOf(`${needle}b`, from));
    }),
    { numRuns: 1000 },
  );
});

test('a long needle that nearly fits everywhere', () => {
  assert.equal(find('a'.repeat(500_000), `${'a'.repeat(250_000)}b`), -1);
});
