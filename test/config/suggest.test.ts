// *Did you mean*: every single slip of the finger is understood, and nothing is suggested that is far off.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { suggest } from '#config/suggest';
import { schemaKeys } from '#config/walk';

const keys = [...new Set(schemaKeys().map(({ key }) => key))].filter((key) => key.length > 3);

const transcripts: ReadonlyArray<readonly [word: string, near: string | undefined]> = [
  ['routs', 'routes'],
  ['load_balncing', 'load-balancing'],
  ['LISTENERS', 'listeners'],
  ['lsiteners', 'listeners'],
  ['max-conn', 'max-connections'],
  ['banana', undefined],
  ['', undefined],
  ['x', undefined],
  ['x'.repeat(1_000_000), undefined],
];

for (const [word, near] of transcripts) {
  test(`${word.slice(0, 20)} -> ${near}`, () => assert.equal(suggest(word, keys), near));
}

test('property: every single edit of a key finds it, or one as near', () => {
  const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz-');
  fc.assert(
    fc.property(fc.constantFrom(...keys), fc.nat(), fc.nat(3), letter, (key, where, edit, put) => {
      const at = where % key.length;
      const swapped = key.charAt(at + 1) + key.charAt(at);
      const edits = [
        key.slice(0, at) + key.slice(at + 1),
        key.slice(0, at) + put + key.slice(at),
        key.slice(0, at) + put + key.slice(at + 1),
        key.slice(0, at) + swapped + key.slice(at + 2),
      ];
      assert.equal(suggest(edits[edit] ?? key, [key]), key);
      assert.notEqual(suggest(edits[edit] ?? key, keys), undefined);
    }),
    { numRuns: 300 },
  );
});

test('the nearest wins, the first of equals', () => {
  assert.equal(suggest('path', ['paths', 'path']), 'path');
  assert.equal(suggest('pat', ['path', 'pats']), 'path');
});
