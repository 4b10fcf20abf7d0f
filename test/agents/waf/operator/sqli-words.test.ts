// The table of words holds what everybody knows of SQL, in capitals.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqlWords } from '../../../../agents/waf/operator/sqli-words.ts';

test('kinds of well-known words and phrases', () => {
  const known = {
    SELECT: 'E',
    UNION: 'U',
    'UNION ALL': 'U',
    FROM: 'k',
    AND: '&',
    '||': '&',
    SLEEP: 'f',
    'GROUP BY': 'B',
    NULL: 'v',
    '!=': 'o',
  };
  for (const [word, kind] of Object.entries(known)) assert.equal(sqlWords.get(word), kind, word);
  assert(sqlWords.size > 800);
  for (const word of sqlWords.keys()) assert.equal(word, word.toUpperCase());
});
