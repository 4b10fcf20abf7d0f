// Tokens of SQL: each way in which one can start, in the dialects that differ, and any bytes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Dialect, SqlScanner } from '../../../../agents/waf/operator/sqli-token.ts';
import { byteStrings, madeOf } from '../reference.ts';

const words = new Map([
  ['SELECT', 'E'],
  ['SLEEP', 'f'],
  ['>=', 'o'],
  ['||', '&'],
]);
const ansi: Dialect = { quote: '', isMysql: false };

function scan(text: string, dialect: Dialect = ansi): string {
  const scanner = new SqlScanner(text, dialect, (word) => words.get(word));
  const found: string[] = [];
  for (let token = scanner.next(); token !== undefined; token = scanner.next())
    found.push(`${token.type}${token.value}`);
  return found.join(' ');
}

const cases: readonly [string, string][] = [
  ['select foo', 'Eselect nfoo'],
  ['select.1', 'Eselect 1.1'],
  ['foo.bar`x', 'nfoo.bar`x'],
  ['1 1.5 .5 1e3 1e 1.2f 1fu 1fx 0x1F 0b01 0xg', '11 11.5 1.5 11e3 n1e 11.2f 11f nu 11 nfx 10x1F 10b01 n0x ng'],
  ["'a''b' 'c\\'d' 'e", "sa''b sc\\'d se"],
  ['"a" `b` `sleep`', 'sa nb fsleep'],
  ["e'a' n'b' u&'c' q'(d'e)' nq'[f]' b'01' x'0f' b'2'", "sa sb sc sd'e sf 1b'01' 1x'0f' nb s2"],
  ["@a @@b @`c d` @'e' @", 'va vb vc d ve v'],
  ['$1,000.5 $$a$$ $t$b$t$ $x $', '1$1,000.5 sa sb n$ nx n$'],
  ['/* a */ /*!b*/ /*c/*d*/ /*e', 'c/* a */ X/*!b*/ X/*c/*d*/ c/*e'],
  ['1 -- x\n2 --\t3', '11 c-- x 12 c--\t3'],
  ['>= || <=> := : ::', 'o>= &|| o<=> :: o= :: :: o:'],
  ['[a b] \\N \\x ? ] { }', 'n[a b] 1\\N \\\\ nx ?? ?] {{ }}'],
  ['a\xa0b\xe9', 'na nb\xe9'],
];

for (const [text, tokens] of cases) test(JSON.stringify(text), () => assert.equal(scan(text), tokens));

test('MySQL: `#` starts a comment, `--x` does not', () => {
  assert.equal(scan('1#x'), '11 o# nx');
  assert.equal(scan('1#x', { quote: '', isMysql: true }), '11 c#x');
  assert.equal(scan('1--x'), '11 c--x');
  assert.equal(scan('1--x', { quote: '', isMysql: true }), '11 o- o- nx');
});

test('within quotes the text starts as a string', () => {
  assert.equal(scan("a' 1", { quote: "'", isMysql: false }), 'sa 11');
  assert.equal(scan('a" 1', { quote: '"', isMysql: true }), 'sa 11');
  assert.equal(scan('', { quote: "'", isMysql: false }), '');
});

test('any text ends, and every token takes some of it', () => {
  const pieces = [
    "'",
    '"',
    '`',
    '\\',
    '/*',
    '*/',
    '--',
    '#',
    '$a$',
    '$$',
    '@',
    "q'(",
    "u&'",
    '[',
    '{',
    '1e',
    '0x',
    '.',
    'select',
    ' ',
  ];
  fc.assert(
    fc.property(fc.oneof(byteStrings, madeOf(...pieces)), (text) => {
      const scanner = new SqlScanner(text, ansi, (word) => words.get(word));
      let at = -1;
      for (let token = scanner.next(); token !== undefined; token = scanner.next()) {
        assert(scanner.at > at && scanner.at <= text.length && token.value.length <= 31);
        at = scanner.at;
      }
    }),
    { numRuns: 1000 },
  );
});
