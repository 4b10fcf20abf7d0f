// The search against V8's, with needles that repeat themselves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { find, occurrences } from '../../../../agents/waf/operator/find.ts';

const few = fc.string({ unit: fc.constantFrom('a', 'a', 'a', 'b'), maxLength: 300 });

test('found where indexOf finds it', () => {
  fc.assert(
    fc.property(few, few, few, (before, needle, after) => {
      const text = before + needle + after;
      assert.equal(find(text, needle), text.indexOf(needle));
      assert.equal(find(text, `${needle}b`), text.indexOf(`${needle}b`));
    }),
    { numRuns: 1000 },
  );
});

test('found everywhere, also within itself', () => {
  fc.assert(
    fc.property(few, few, few, (before, middle, after) => {
      const needle = `${middle}b`;
      const text = before + needle + needle + after;
      const starts = Array.from({ length: text.length }, (_, at) => at).filter((at) => text.startsWith(needle, at));
      assert.deepEqual([...occurrences(text, needle)], starts);
    }),
  );
});

test('a long needle that nearly fits everywhere', () => {
  assert.equal(find('a'.repeat(500_000), `${'a'.repeat(250_000)}b`), -1);
});
