// References to characters: by number of any length, by the five names, and those that are none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { htmlEntityDecode } from '../../../../agents/waf/transform/html.ts';

const cases: readonly [string, string][] = [
  ['&lt;&GT&quot;&Amp;&nbsp;', '<>"&\xa0'],
  ['&#60;&#x3C;&#X3c&#0060', '<<<<'],
  ['&#316;', '<'], // its low byte
  [`&#${'0'.repeat(5000)}60;`, '<'],
  [`&#x${'f'.repeat(5000)};`, '\xff'],
  ['&#9223372036854775807;&#9223372036854775808;', '\xff\xff'],
  ['&copy; &ltx; &lt1 &; &# &#x; &#xg', '&copy; &ltx; &lt1 &; &# &#x; &#xg'],
  ['&&lt;', '&<'],
];

for (const [input, output] of cases) {
  test(`${input.slice(0, 30)}`, () => assert.equal(htmlEntityDecode.apply(input), output));
}
