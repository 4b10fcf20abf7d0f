// Folding: what says nothing new goes, and a long text keeps its kind.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fold } from '../../../../agents/waf/operator/sqli-fold.ts';
import { SqlScanner } from '../../../../agents/waf/operator/sqli-token.ts';
import { sqlWords } from '../../../../agents/waf/operator/sqli-words.ts';

const fingerprint = (text: string): string =>
  fold(new SqlScanner(text, { quote: '', isMysql: false }, (word) => sqlWords.get(word))).fingerprint;

const cases: readonly [string, string][] = [
  ['1 + 1', '1'],
  ['1, 2, 3', '1'],
  ['a.b.c', 'n'],
  ["'a' 'b'", 's'],
  ['1 union all select 2', '1UE1'],
  ['1 union /* x */ select 2 -- y', '1UE1c'],
  ['((((1', '1'],
  ['- - + 1', '1'],
  ['-- only a comment', ''],
  ['1;;2', '1;1'],
  ['1 = - 1', '1'],
  ['user()', 'f()'],
  ['user(1)', 'n(1)'],
  ['foo in (1, sin', 'no(1,'],
  ['1 collate utf8_bin union', '1AtU'],
  ['{foo 1}', '1'],
  ['{`` 1}', 'X'],
  ['1 /*!50000 union*/', 'X'],
  ['\\1', '1'],
  ['1; if 1', '1;T1'],
  ['select + 1', 'E1'],
  ['select -(1)', 'E(1)'],
  ["1 'a' ``", '1sn'],
  ['1 or `', '1&c'],
];

for (const [text, folded] of cases) test(text, () => assert.equal(fingerprint(text), folded));

test('length hides nothing', () => {
  const long = '1 + '.repeat(50_000);
  assert.equal(fingerprint(`${long}1 union select 2`), '1UE1');
  assert.equal(fingerprint(`${'(1),'.repeat(50_000)}union`), '1),U');
});
