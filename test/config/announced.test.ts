// A word that is announced is not yet a key, stands in a block that exists, and is refused with a sentence of its own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announced } from '#config/announced';
import { schemaKeys } from '#config/walk';
import { expectHints } from '../support/config.ts';

const blocks = new Set(['', ...schemaKeys().map(({ parent }) => parent)]);

for (const [block, words] of Object.entries(announced)) {
  test(`announced in '${block}'`, () => {
    const keys = new Set(
      schemaKeys()
        .filter(({ parent }) => parent === block)
        .map(({ key }) => key),
    );
    assert(blocks.has(block) || keys.size > 0, 'there is no such block');
    assert.deepEqual(
      words.filter((word) => keys.has(word)),
      [],
      'these are keys by now',
    );
    assert.equal(new Set(words).size, words.length, 'one stands twice');
  });
}

test('an announced word is no typing mistake, in either spelling', () => {
  expectHints('geo { file "x" }\nroutes { route "a" { builtin-handler "status"; service_type { } } }', [
    "1:1 config-key-not-yet 'geo' -> remove it for now",
    "2:48 config-key-not-yet 'service_type' -> remove it for now",
  ]);
});
