// Bytes and escapes in phrases, and what only looks like them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { phrasePattern } from '../../../../agents/waf/operator/phrase-pattern.ts';

const cases: readonly [string, string][] = [
  ['a|41 42|b', 'aABb'],
  ['|4142| |c3 28|', 'AB \xc3('],
  ['string|int|float|bool', 'string|int|float|bool'], // a list of PHP's types, no bytes
  ['a|b', 'a|b'],
  ['FFI\\\\CData', 'FFI\\CData'],
  ['a\\:\\;\\"\\|b', 'a:;"|b'],
  ['encountered\\ntrying', 'encountered\\ntrying'],
  ['  "in quotes"  ', 'in quotes'],
  ['"', '"'],
  ['a\\', 'a\\'],
  ['||', '||'],
];

for (const [written, meant] of cases) test(written, () => assert.equal(phrasePattern(written), meant));
