// What PCRE writes in another way than RE2.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forRe2 } from '../../../../agents/waf/operator/regex-source.ts';
import { matches } from '../operators.ts';

const cases: readonly [string, string][] = [
  ['a\\sb', 'a[\\s\\x0b]b'],
  ['[\\s\\d]', '[\\s\\x0b\\d]'],
  ['[^]\\s]', '[^]\\s\\x0b]'],
  ['[]\\s]\\s', '[]\\s\\x0b][\\s\\x0b]'],
  ['\\\\s', '\\\\s'],
  ['[[:space:]\\s]', '[[:space:]\\s\\x0b]'],
  ['\\Qa\\s\\E\\s', '\\Qa\\s\\E[\\s\\x0b]'],
  ['\\Q[\\s', '\\Q[\\s'],
  ['\\S', '[^\\s\\x0b]'],
  ['[[a]\\s', '[[a][\\s\\x0b]'],
  ['\\w\\b\\x5b\\s', '\\w\\b\\x5b[\\s\\x0b]'],
];

for (const [written, meant] of cases) test(written, () => assert.equal(forRe2(written), meant));

test('white space holds the vertical tab, as in PCRE', () => {
  assert.equal(matches('rx', '^\\s$', '\v'), true);
  assert.equal(matches('rx', '^[\\s]$', '\v'), true);
  assert.equal(matches('rx', '^\\S$', '\v'), false);
  assert.equal(matches('rx', '^\\h\\v\\R$', '\t\n\r\n'), true);
  assert.equal(matches('rx', 'a\\Z', 'a\n'), true);
});
