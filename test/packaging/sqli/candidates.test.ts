// Candidates are single words, each once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidates, operatorCandidates } from '../../../packaging/sqli/candidates.ts';

test('words in capitals, each once; operators of two signs', () => {
  assert.equal(new Set(candidates).size, candidates.length);
  for (const word of candidates) assert.match(word, /^[A-Z0-9_.$]+$/);
  for (const signs of operatorCandidates) assert.equal(signs.length, 2);
  assert(candidates.length > 1000);
});
